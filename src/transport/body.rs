//! The body of an answer, read piece by piece over its connection.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body as _, Incoming};

use super::connection::Connection;
use super::connector::describe;
use super::error::{Error, Kind};
use super::pool::Pool;

/// Owns the connection until the last byte, then gives it back to its pool. Dropped earlier, it
/// closes the socket.
pub struct Body {
    incoming: Incoming,
    connection: Option<Connection>,
    pool: Arc<Pool>,
    /// Longest silence between two pieces.
    read_timeout: Option<Duration>,
    endpoint_url: Arc<str>,
}

impl Body {
    pub fn new(
        incoming: Incoming,
        connection: Connection,
        pool: Arc<Pool>,
        read_timeout: Option<Duration>,
        endpoint_url: Arc<str>,
    ) -> Self {
        Body { incoming, connection: Some(connection), pool, read_timeout, endpoint_url }
    }

    /// The next piece; `None` at the end.
    ///
    /// A body shorter than its Content-Length is an error ([`Error::is_incomplete_body`]).
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let Some(frame) = self.frame().await? else {
                if let Some(connection) = self.connection.take() {
                    self.pool.put(connection);
                }
                return Ok(None);
            };
            // Trailers carry nothing that Bedrock models.
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
    }

    /// All that is left, in one piece.
    pub async fn collect(&mut self) -> Result<Bytes, Error> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        let mut whole = BytesMut::with_capacity(2 * (first.len() + second.len()));
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    async fn frame(&mut self) -> Result<Option<hyper::body::Frame<Bytes>>, Error> {
        let Some(connection) = self.connection.as_mut() else { return Ok(None) };
        let incoming = &mut self.incoming;
        let next = poll_fn(|context| {
            connection.poll_with(context, |context| Pin::new(&mut *incoming).poll_frame(context))
        });
        let outcome = match self.read_timeout {
            None => next.await,
            Some(limit) => match tokio::time::timeout(limit, next).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    self.connection = None;
                    return Err(Error::new(Kind::ReadTimeout {
                        endpoint_url: self.endpoint_url.to_string(),
                        error: format!("no data for {} s", limit.as_secs_f64()),
                    }));
                }
            },
        };
        outcome.transpose().map_err(|error| {
            self.connection = None;
            let text = describe(&error);
            if is_early_end(&error) {
                Error::new(Kind::IncompleteBody { error: text })
            } else {
                Error::new(Kind::ResponseStreaming { error: text })
            }
        })
    }
}

/// Whether the peer closed properly before the announced length was reached.
fn is_early_end(error: &hyper::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return io.kind() == std::io::ErrorKind::UnexpectedEof;
        }
        cause = inner.source();
    }
    error.is_incomplete_message()
}
