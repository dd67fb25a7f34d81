//! Whether a connection is in use: one that is not gives its place to others after a while.

use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

use super::body::Body;

/// What goes on on one connection.
pub(crate) struct Activity(Mutex<State>);

struct State {
    /// Requests whose answers are not complete.
    in_flight: usize,
    /// The peer does not take what is written to it: it has not read the last answer.
    blocked: bool,
    /// When the last of all this ended.
    since: Instant,
}

impl Activity {
    pub(crate) fn new() -> Activity {
        Activity(Mutex::new(State { in_flight: 0, blocked: false, since: Instant::now() }))
    }

    /// Whether the last write found no room.
    pub(crate) fn set_blocked(&self, blocked: bool) {
        let mut state = self.state();
        if state.blocked != blocked {
            state.blocked = blocked;
            state.since = Instant::now();
        }
    }

    /// Returns once there was no complete request and nothing to write for as long as `limit`.
    pub(crate) async fn ceased(&self, limit: Option<Duration>) {
        let Some(limit) = limit else { return pending().await };
        let mut deadline = self.state().since + limit;
        loop {
            sleep_until(deadline).await;
            let now = Instant::now();
            let state = self.state();
            let busy = state.in_flight > 0 || state.blocked;
            let since = if busy { now } else { state.since };
            drop(state);
            if now >= since + limit {
                return;
            }
            deadline = since + limit;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request whose answer is not complete.
pub(crate) struct InFlight(Arc<Activity>);

impl InFlight {
    pub(crate) fn new(activity: Arc<Activity>) -> InFlight {
        activity.state().in_flight += 1;
        InFlight(activity)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.in_flight = state.in_flight.saturating_sub(1);
        state.since = Instant::now();
    }
}

/// The body of an answer, in flight until it has been handed over.
pub(crate) struct BodyInFlight {
    body: Body,
    _in_flight: InFlight,
}

impl BodyInFlight {
    pub(crate) fn new(body: Body, in_flight: InFlight) -> BodyInFlight {
        BodyInFlight { body, _in_flight: in_flight }
    }
}

impl HttpBody for BodyInFlight {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
