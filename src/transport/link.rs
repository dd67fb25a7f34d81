//! One exchange with the endpoint: the seam between the attempt loop and the HTTP engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;

use super::body::Body;
use super::connection::Connection;
use super::connector::{Connector, describe};
use super::error::{Error, Kind};
use super::pool::Pool;

/// A reused connection that dies this soon after sending was dead before: the server has not
/// worked on the request.
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
        while let Some(mut connection) = pool.take().await {
            let sent = Instant::now();
            match self.exchange(&mut connection, build()?, &url).await {
                Ok(answer) => return Ok(self.attach(answer, connection, pool)),
                Err(Lost::TimedOut(error)) => return Err(error),
                Err(Lost::Broken(_))
                    if !connection.has_heard() && sent.elapsed() < STALE_WITHIN =>
                {
                    // Free resend, on a fresh connection: its neighbours are as stale.
                    pool.clear();
                }
                Err(Lost::Broken(error)) => {
                    return Err(self.broken(connection.has_heard(), sent, error, &url));
                }
            }
        }
        let mut connection = self.connector.connect(url).await?;
        let sent = Instant::now();
        match self.exchange(&mut connection, build()?, &url).await {
            Ok(answer) => Ok(self.attach(answer, connection, pool)),
            Err(Lost::TimedOut(error)) => Err(error),
            Err(Lost::Broken(error)) => Err(self.broken(connection.has_heard(), sent, error, &url)),
        }
    }

    /// The whole URL of a request, as error texts name it.
    pub fn url(&self, target: &str) -> String {
        format!("{}{target}", self.endpoint_url)
    }

    async fn exchange(
        &self,
        connection: &mut Connection,
        request: http::Request<Full<Bytes>>,
        url: &impl Fn() -> String,
    ) -> Result<http::Response<hyper::body::Incoming>, Lost> {
        let answer = connection.send(request);
        match self.read_timeout {
            None => answer.await.map_err(Lost::Broken),
            Some(limit) => match tokio::time::timeout(limit, answer).await {
                Ok(outcome) => outcome.map_err(Lost::Broken),
                Err(_) => Err(Lost::TimedOut(Error::new(Kind::ReadTimeout {
                    endpoint_url: url(),
                    error: format!("no answer within {} s", limit.as_secs_f64()),
                }))),
            },
        }
    }

    /// A connection that died long after sending, or in its answer, is like a read timeout: the
    /// model ran.
    fn broken(
        &self,
        heard: bool,
        sent: Instant,
        error: hyper::Error,
        url: &impl Fn() -> String,
    ) -> Error {
        let (endpoint_url, text) = (url(), describe(&error));
        let late = heard || sent.elapsed() >= STALE_WITHIN;
        Error::new(if error.is_user() {
            Kind::HttpClient { error: text }
        } else {
            Kind::ConnectionClosed { endpoint_url, error: text, late }
        })
    }

    fn attach(
        &self,
        answer: http::Response<hyper::body::Incoming>,
        connection: Connection,
        pool: &Arc<Pool>,
    ) -> http::Response<Body> {
        answer.map(|incoming| {
            Body::new(
                incoming,
                connection,
                pool.clone(),
                self.read_timeout,
                self.endpoint_url.clone(),
            )
        })
    }
}

enum Lost {
    TimedOut(Error),
    Broken(hyper::Error),
}
