//! One exchange with the endpoint: the seam between the attempt loop and the HTTP engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind};
use crate::http::body::Body;
use crate::http::connection::Connection;
use crate::http::connector::Connector;
use crate::http::hyper_client::text_with_causes;
use crate::http::pool::Pool;
use crate::http::request_body::RequestBody;
use crate::log;

/// A connection that ends later than this after the last byte was sent may have let the model run.
const LATE_AFTER: Duration = Duration::from_secs(1);

/// Servers and gateways close connections that were idle for seconds, never between two requests
/// that follow each other closely.
const IDLE_LONG_ENOUGH: Duration = Duration::from_secs(2);
/// What the peer and this machine may need for the news of a close, besides the round trip.
const CLOSE_SHOWS_WITHIN: Duration = Duration::from_millis(25);
/// A connection that took longer to open was held up by something else.
const LONGEST_ROUND_TRIP: Duration = Duration::from_millis(250);

/// How long one request may take; `None`: without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To open a connection: name lookup, TCP, proxy and TLS together.
    pub connect: Option<Duration>,
    /// The longest silence of the server.
    pub read: Option<Duration>,
}

pub struct OriginServer {
    pub connector: Connector,
    /// Scheme, host, port and path prefix, for error texts.
    pub endpoint_url: Arc<str>,
}

impl OriginServer {
    /// Sends the request and returns the head of the response with its body still to be read. A
    /// stale connection earns the request a free resend. `url` gives the request's URL for the
    /// texts of errors.
    pub async fn send(
        &self,
        pool: &Arc<Pool>,
        mut request: http::Request<RequestBody>,
        timeouts: Timeouts,
        url: &impl Fn() -> String,
    ) -> Result<http::Response<Body>, Error> {
        if let Some(connection) = pool.take().await {
            let reuse = Reuse::begin(&connection);
            let Some(again) = reuse.may_come_too_late().then(|| request.clone()) else {
                return self.exchange(connection, pool, request, timeouts, url).await;
            };
            match self.exchange(connection, pool, request, timeouts, url).await {
                // On a fresh connection: the other idle ones are as stale.
                Err(error) if error.is_early_close() && reuse.came_too_late() => {
                    log::resending();
                    pool.clear();
                    request = again;
                }
                outcome => return outcome,
            }
        }
        // Boxed: rarely needed, and most of what a call's future would hold.
        let connection = Box::pin(self.connector.connect(timeouts.connect, url)).await?;
        self.exchange(connection, pool, request, timeouts, url).await
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        pool: &Arc<Pool>,
        request: http::Request<RequestBody>,
        timeouts: Timeouts,
        url: &impl Fn() -> String,
    ) -> Result<http::Response<Body>, Error> {
        let activity = connection.activity();
        let broken = |error: hyper::Error| {
            let text = text_with_causes(&error);
            Error::new(if error.is_user() {
                Kind::HttpClient { error: text }
            } else {
                let late = activity.has_received() || activity.inactive_for() >= LATE_AFTER;
                Kind::ConnectionClosed { endpoint_url: url(), error: text, late }
            })
        };
        let outcome = match timeouts.read {
            None => connection.send(request).await,
            Some(limit) => {
                let answered = activity.inactivity_timeout(limit, connection.send(request)).await;
                answered.ok_or_else(|| {
                    let error = format!("no answer within {} s", limit.as_secs_f64());
                    Error::new(Kind::ReadTimeout { endpoint_url: url(), error })
                })?
            }
        };
        let answer = outcome.map_err(broken)?;
        Ok(answer.map(|incoming| {
            let endpoint_url = self.endpoint_url.clone();
            Body::new(incoming, connection, pool.clone(), timeouts.read, endpoint_url)
        }))
    }
}

/// A request on a connection that was idle before.
struct Reuse {
    idle_for: Duration,
    round_trip: Duration,
    begun: Instant,
}

impl Reuse {
    fn begin(connection: &Connection) -> Self {
        Reuse {
            idle_for: connection.idle_for(),
            round_trip: connection.round_trip_time().min(LONGEST_ROUND_TRIP),
            begun: Instant::now(),
        }
    }

    /// Whether the peer can have ended the connection before the request began.
    fn may_come_too_late(&self) -> bool {
        self.idle_for >= IDLE_LONG_ENOUGH
    }

    /// For a request that has just met the end of the connection: whether the peer had ended it
    /// before. The connection was idle for long, and ended within about a round trip of the moment
    /// when the request began. Anything else may be a request that the server has worked on, and
    /// counts as an attempt.
    fn came_too_late(&self) -> bool {
        self.may_come_too_late() && self.begun.elapsed() <= self.round_trip * 2 + CLOSE_SHOWS_WITHIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_quick_end_after_long_idleness_came_before_the_request() {
        let (short, long) = (Duration::from_millis(100), IDLE_LONG_ENOUGH);
        let far = Duration::from_millis(200);
        for (idle_for, round_trip, ago, expected) in [
            (long, Duration::ZERO, Duration::ZERO, true),
            (short, Duration::ZERO, Duration::ZERO, false),
            (long, Duration::ZERO, CLOSE_SHOWS_WITHIN * 2, false),
            (long, far, far, true),
            (long, far, far * 3, false),
        ] {
            let begun = Instant::now().checked_sub(ago).unwrap();
            let reuse = Reuse { idle_for, round_trip, begun };
            assert_eq!(reuse.came_too_late(), expected, "{idle_for:?} {round_trip:?} {ago:?}");
        }
    }
}
