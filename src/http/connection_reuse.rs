//! Whether a reused connection was already closed when a request was sent over it.

use std::time::{Duration, Instant};

use crate::http::connection::Connection;

/// Servers and gateways close connections that have been idle for seconds. They do not close a
/// connection between two requests in quick succession.
const LONG_IDLE_TIME: Duration = Duration::from_secs(2);
/// How much longer than a round trip it may take until a close becomes known: scheduling delays of
/// the peer and of this machine.
const CLOSE_DELAY: Duration = Duration::from_millis(25);
/// If connecting took longer than this, something other than the network caused the delay.
const MAX_ROUND_TRIP_TIME: Duration = Duration::from_millis(250);

/// A request on a connection that was idle before.
pub struct ConnectionReuse {
    idle_for: Duration,
    round_trip_time: Duration,
    started: Instant,
}

impl ConnectionReuse {
    /// The request is about to be sent.
    pub fn begin(connection: &Connection) -> Self {
        ConnectionReuse {
            idle_for: connection.idle_for(),
            round_trip_time: connection.round_trip_time().min(MAX_ROUND_TRIP_TIME),
            started: Instant::now(),
        }
    }

    /// Whether the peer may have closed the connection before the request began.
    pub fn may_be_stale(&self) -> bool {
        self.idle_for >= LONG_IDLE_TIME
    }

    /// Must be called right after the request failed because the connection was closed. Returns
    /// whether the peer had closed the connection before the request began: the connection had been
    /// idle for a long time, and failed within about a round trip of the beginning of the request.
    /// In all other cases the server may have worked on the request, so that the request counts as
    /// an attempt.
    pub fn was_stale(&self) -> bool {
        self.may_be_stale() && self.started.elapsed() <= self.round_trip_time * 2 + CLOSE_DELAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_connection_that_fails_quickly_after_a_long_idle_time_was_stale() {
        let (short, long) = (Duration::from_millis(100), LONG_IDLE_TIME);
        let far = Duration::from_millis(200);
        for (idle_for, round_trip_time, ago, expected) in [
            (long, Duration::ZERO, Duration::ZERO, true),
            (short, Duration::ZERO, Duration::ZERO, false),
            (long, Duration::ZERO, CLOSE_DELAY * 2, false),
            (long, far, far, true),
            (long, far, far * 3, false),
        ] {
            let started = Instant::now().checked_sub(ago).unwrap();
            let reuse = ConnectionReuse { idle_for, round_trip_time, started };
            assert_eq!(reuse.was_stale(), expected, "{idle_for:?} {round_trip_time:?} {ago:?}");
        }
    }
}
