//! One exchange with the endpoint: the seam between the attempt loop and the HTTP engine.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;

use super::body::Body;
use super::connection::Connection;
use super::connector::{Connector, describe};
use super::error::{Error, Kind};
use super::log;
use super::pool::Pool;

/// A connection that dies this soon after the last byte was sent: the server has not worked on the
/// request. A reused one was dead before.
const STALE_WITHIN: Duration = Duration::from_secs(1);

pub struct Link {
    pub connector: Connector,
    /// Longest silence while waiting for the answer.
    pub read_timeout: Option<Duration>,
    /// Scheme, host, port and path prefix, for error texts.
    pub endpoint_url: Arc<str>,
}

impl Link {
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
            match self.exchange(connection, pool, build()?, &url).await {
                // One free resend, on a fresh connection: its neighbours are as stale.
                Err(error) if error.is_early_close() => {
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
        let traffic = connection.traffic();
        let broken = |error: hyper::Error| {
            let text = describe(&error);
            Error::new(if error.is_user() {
                Kind::HttpClient { error: text }
            } else {
                let late = traffic.has_heard() || traffic.silence() >= STALE_WITHIN;
                Kind::ConnectionClosed { endpoint_url: url(), error: text, late }
            })
        };
        let outcome = match self.read_timeout {
            None => connection.send(request).await,
            Some(limit) => {
                let answered = traffic.before_silence(limit, connection.send(request)).await;
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
