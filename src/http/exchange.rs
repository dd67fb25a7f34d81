//! An HTTP exchange: one request and its response. This is the seam between the attempt loop and the
//! HTTP engine.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Kind};
use crate::http::body::Body;
use crate::http::connection::Connection;
use crate::http::connection::body::OpenBody;
use crate::http::connection_reuse::ConnectionReuse;
use crate::http::connector::Connector;
use crate::http::hyper_client::text_with_causes;
use crate::http::pool::Pool;
use crate::http::request_body::RequestBody;
use crate::log;

/// If a connection ends later than this after the last byte was sent, the model may have run.
const LATE_AFTER: Duration = Duration::from_secs(1);

/// How long the steps of an exchange may take; `None` means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Opening a connection: name lookup, TCP, proxy and TLS together.
    pub connect: Option<Duration>,
    /// The longest time without any byte from the server.
    pub read: Option<Duration>,
}

/// The server that requests are sent to.
pub struct OriginServer {
    pub connector: Connector,
    /// Scheme, host, port and path prefix, for error texts.
    pub endpoint_url: Arc<str>,
}

impl OriginServer {
    /// Sends the request over an idle connection or a new one. Returns the head of the response with
    /// a body that has not been read yet. If the idle connection was stale, the request is sent again,
    /// which does not count as an attempt. `url` gives the request's URL for error texts.
    pub async fn send(
        &self,
        pool: &Arc<Pool>,
        mut request: Box<http::Request<RequestBody>>,
        timeouts: Timeouts,
        url: &impl Fn() -> String,
    ) -> Result<http::Response<Body>, Error> {
        if let Some(connection) = pool.take().await {
            let reuse = ConnectionReuse::begin(&connection);
            let Some(again) = reuse.may_be_stale().then(|| request.clone()) else {
                return self.exchange(connection, pool, request, timeouts, url).await;
            };
            match self.exchange(connection, pool, request, timeouts, url).await {
                Err(error) if error.is_early_close() && reuse.was_stale() => {
                    log::resending();
                    // The other idle connections are probably stale too.
                    pool.clear();
                    request = again;
                }
                outcome => return outcome,
            }
        }
        // Boxed, because it is rarely needed and would be the largest part of a call's future.
        let connection = Box::pin(self.connector.connect(timeouts.connect, url)).await?;
        self.exchange(connection, pool, request, timeouts, url).await
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        pool: &Arc<Pool>,
        request: Box<http::Request<RequestBody>>,
        timeouts: Timeouts,
        url: &impl Fn() -> String,
    ) -> Result<http::Response<Body>, Error> {
        let activity = connection.activity();
        let failed = |error: hyper::Error| {
            let text = text_with_causes(&error);
            Error::new(if error.is_user() {
                Kind::HttpClient { error: text }
            } else {
                let late = activity.has_received() || activity.inactive_for() >= LATE_AFTER;
                Kind::ConnectionClosed { endpoint_url: url(), error: text, late }
            })
        };
        let outcome = match timeouts.read {
            None => connection.send(*request).await,
            Some(limit) => {
                let sent = activity.inactivity_timeout(limit, connection.send(*request)).await;
                sent.ok_or_else(|| {
                    let error = format!("no response within {} s", limit.as_secs_f64());
                    Error::new(Kind::ReadTimeout { endpoint_url: url(), error })
                })?
            }
        };
        let (mut head, incoming) = outcome.map_err(failed)?.into_parts();
        let body = OpenBody::new(connection, incoming, &mut head.headers);
        let body = Body::new(body, pool.clone(), timeouts.read, self.endpoint_url.clone());
        Ok(http::Response::from_parts(head, body))
    }
}
