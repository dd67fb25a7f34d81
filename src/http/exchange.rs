//! One exchange with the endpoint: the seam between the attempt loop and the HTTP engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;

use crate::error::{Error, Kind};
use crate::http::body::Body;
use crate::http::connection::Connection;
use crate::http::connector::Connector;
use crate::http::hyper_client::text_with_causes;
use crate::http::pool::Pool;
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

pub struct OriginServer {
    pub connector: Connector,
    /// Longest silence while waiting for the answer.
    pub read_timeout: Option<Duration>,
    /// Scheme, host, port and path prefix, for error texts.
    pub endpoint_url: Arc<str>,
}

impl OriginServer {
    /// Sends the request that `build` makes and returns the head of the answer with its body
    /// still to be read. `build` runs again where a stale connection earns a free resend.
    pub async fn send(
        &self,
        pool: &Arc<Pool>,
        target: &str,
        build: impl Fn() -> Result<http::Request<Full<Bytes>>, Error>,
    ) -> Result<http::Response<Body>, Error> {
        let url = || self.url(target);
        if let Some(connection) = pool.take().await {
            let request = build()?;
            let reuse = Reuse::begin(&connection);
            match self.exchange(connection, pool, request, &url).await {
                // On a fresh connection: the other idle ones are as stale.
                Err(error) if error.is_early_close() && reuse.came_too_late() => {
                    log::resending();
                    pool.clear();
                }
                outcome => return outcome,
            }
        }
        // Boxed: rarely needed, and most of what a call's future would hold.
        let connection = Box::pin(self.connector.connect(url)).await?;
        self.exchange(connection, pool, build()?, &url).await
    }

    /// The whole URL of a request, as error texts name it.
    pub fn url(&self, target: &str) -> String {
        format!("{}{target}", self.endpoint_url)
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        pool: &Arc<Pool>,
        request: http::Request<Full<Bytes>>,
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
        let outcome = match self.read_timeout {
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
            Body::new(incoming, connection, pool.clone(), self.read_timeout, endpoint_url)
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

    /// For a request that has just met the end of the connection: whether the peer had ended it
    /// before. The connection was idle for long, and ended within about a round trip of the moment
    /// when the request began. Anything else may be a request that the server has worked on, and
    /// counts as an attempt.
    fn came_too_late(&self) -> bool {
        self.idle_for >= IDLE_LONG_ENOUGH
            && self.begun.elapsed() <= self.round_trip * 2 + CLOSE_SHOWS_WITHIN
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
