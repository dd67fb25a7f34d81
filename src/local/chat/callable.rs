//! The way to a model that is a callable of the embedder's, without any thread of ours entering
//! the embedder's language: questions wait here until a thread of its own fetches them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

#[derive(Default)]
pub(crate) struct Bridge {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    questions: VecDeque<Question>,
    asked: HashMap<u64, oneshot::Sender<Result<String, String>>>,
    last: u64,
    closed: bool,
}

/// A request, as JSON, that waits for its reply.
#[derive(Debug)]
pub struct Question {
    pub id: u64,
    pub request: String,
}

impl Bridge {
    /// Waits for the callable's reply (JSON) or its error (text).
    pub(crate) async fn ask(&self, request: String) -> Result<String, String> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.state();
            if state.closed {
                return Err("the server is closing".to_owned());
            }
            state.last += 1;
            let id = state.last;
            state.asked.insert(id, sender);
            state.questions.push_back(Question { id, request });
        }
        self.arrived.notify_one();
        receiver.await.unwrap_or_else(|_| Err("the callable went away".to_owned()))
    }

    /// The next question; `Err(true)` where none came in time, `Err(false)` where none ever will.
    pub(crate) fn next(&self, timeout: Duration) -> Result<Question, bool> {
        let state = self.state();
        let quiet = |state: &mut State| state.questions.is_empty() && !state.closed;
        let (mut state, _) = self
            .arrived
            .wait_timeout_while(state, timeout, quiet)
            .unwrap_or_else(PoisonError::into_inner);
        let closed = state.closed;
        state.questions.pop_front().ok_or(!closed)
    }

    pub(crate) fn answer(&self, id: u64, reply: Result<String, String>) {
        if let Some(sender) = self.state().asked.remove(&id) {
            // Nobody waits where the client has gone away.
            let _ = sender.send(reply);
        }
    }

    /// Sends every waiting thread home.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.questions.clear();
        state.asked.clear();
        self.arrived.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
