//! Whether a connection is in use. One that is idle for long enough is closed, because the number
//! of connections is limited.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// What happens on one connection.
pub(crate) struct Activity(Mutex<State>);

struct State {
    /// Requests whose responses are not complete.
    in_flight: usize,
    /// Whether the last write had to wait, because the peer has not read the last response.
    blocked: bool,
    /// When the connection was last in use.
    since: Instant,
}

impl Activity {
    pub(crate) fn new() -> Activity {
        Activity(Mutex::new(State { in_flight: 0, blocked: false, since: Instant::now() }))
    }

    /// Records whether the last write had to wait.
    pub(crate) fn set_blocked(&self, blocked: bool) {
        let mut state = self.state();
        if state.blocked != blocked {
            state.blocked = blocked;
            state.since = Instant::now();
        }
    }

    /// Returns when the connection has been idle for `limit`: without a complete request, and
    /// without anything to write. Never returns without a limit.
    pub(crate) async fn idle_for(&self, limit: Option<Duration>) {
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

/// Held while a request's response is not complete.
pub(crate) struct RequestInFlight(Arc<Activity>);

impl RequestInFlight {
    pub(crate) fn new(activity: Arc<Activity>) -> RequestInFlight {
        activity.state().in_flight += 1;
        RequestInFlight(activity)
    }
}

impl Drop for RequestInFlight {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.in_flight = state.in_flight.saturating_sub(1);
        state.since = Instant::now();
    }
}
