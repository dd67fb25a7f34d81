//! Replies from a callable of the program that runs the server. No thread of the server runs the
//! program's code: requests wait in a queue until a thread of the program takes them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

#[derive(Default)]
pub(crate) struct CallableQueue {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    /// Requests that no thread of the program has taken yet.
    waiting: VecDeque<CallableRequest>,
    /// The channel for the reply to each request, by the request's id.
    reply_senders: HashMap<u64, oneshot::Sender<Result<String, String>>>,
    last_id: u64,
    closed: bool,
}

/// A request that waits for the callable's reply.
#[derive(Debug)]
pub struct CallableRequest {
    pub id: u64,
    /// The request as JSON.
    pub json: String,
}

/// Why there is no request for the callable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRequest {
    /// None arrived in time.
    TimedOut,
    /// The server is closed: none will arrive.
    Closed,
}

impl CallableQueue {
    /// Waits for the callable's reply. Returns it as JSON, or the text of an error.
    pub(crate) async fn ask(&self, json: String) -> Result<String, String> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.state();
            if state.closed {
                return Err("the server is closing".to_owned());
            }
            state.last_id += 1;
            let id = state.last_id;
            state.reply_senders.insert(id, sender);
            state.waiting.push_back(CallableRequest { id, json });
        }
        self.arrived.notify_one();
        receiver.await.unwrap_or_else(|_| Err("the server closed before the reply".to_owned()))
    }

    /// The next request. Blocks for up to `timeout`.
    pub(crate) fn next(&self, timeout: Duration) -> Result<CallableRequest, NoRequest> {
        let state = self.state();
        let keep_waiting = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let (mut state, _) = self
            .arrived
            .wait_timeout_while(state, timeout, keep_waiting)
            .unwrap_or_else(PoisonError::into_inner);
        let none = if state.closed { NoRequest::Closed } else { NoRequest::TimedOut };
        state.waiting.pop_front().ok_or(none)
    }

    /// Responds to the request with this id.
    pub(crate) fn respond(&self, id: u64, reply: Result<String, String>) {
        if let Some(sender) = self.state().reply_senders.remove(&id) {
            // Sending fails if the client has left.
            let _ = sender.send(reply);
        }
    }

    /// Ends every wait, of requests and of threads.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.waiting.clear();
        state.reply_senders.clear();
        self.arrived.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
