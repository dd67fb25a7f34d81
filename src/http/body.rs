//! The body of a response, read chunk by chunk over its connection.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::error::{Error, Kind};
use crate::http::connection::body::{BodyError, OpenBody};
use crate::http::pool::Pool;
use crate::http::socket::AbortHandle;
use crate::log::{self, CallLog};
use crate::runtime::timer::Timer;

/// Owns the connection until the last byte, and then returns it to the pool. A body that is dropped
/// before its end closes the connection.
pub struct Body {
    /// Bytes that are read before those of the connection.
    ready: Option<Bytes>,
    /// Boxed, because every step and every future that a body goes through has a place for it.
    open: Option<Box<OpenBody>>,
    pool: Arc<Pool>,
    /// The longest wait for a chunk; `None` for no limit.
    read_timeout: Option<Duration>,
    read_timer: Timer,
    endpoint_url: Arc<str>,
    has_length: bool,
    abort_handle: Option<AbortHandle>,
    /// The call that the body belongs to. Another thread or task may read the body.
    call: Option<Arc<CallLog>>,
}

impl Drop for Body {
    fn drop(&mut self) {
        if self.open.is_some() {
            log::in_call(self.call.as_ref(), || {
                log::connection_closed("the response was not read to its end");
            });
        }
    }
}

impl Body {
    pub fn new(
        open: OpenBody,
        pool: Arc<Pool>,
        read_timeout: Option<Duration>,
        endpoint_url: Arc<str>,
    ) -> Self {
        Body {
            ready: None,
            has_length: open.has_length(),
            open: Some(Box::new(open)),
            pool,
            read_timeout,
            read_timer: Timer::default(),
            endpoint_url,
            abort_handle: None,
            call: log::current_call(),
        }
    }

    /// A body that has no connection.
    pub fn of_bytes(bytes: Bytes) -> Self {
        Body {
            ready: Some(bytes).filter(|bytes| !bytes.is_empty()),
            open: None,
            pool: Arc::new(Pool::new(0)),
            read_timeout: None,
            read_timer: Timer::default(),
            endpoint_url: Arc::from(""),
            has_length: true,
            abort_handle: None,
            call: log::current_call(),
        }
    }

    /// A handle that ends the connection from another thread while the body is being read. `None` if
    /// the runtime reads the body.
    pub fn abort_handle(&mut self) -> Option<AbortHandle> {
        self.abort_handle = self.open.as_ref()?.abort_handle();
        self.abort_handle.clone()
    }

    /// Changes the longest wait for a chunk; `None` for no limit.
    pub fn set_read_timeout(&mut self, limit: Option<Duration>) {
        self.read_timeout = limit;
    }

    /// The next chunk; `None` at the end.
    ///
    /// A body shorter than its Content-Length is an error ([`Error::is_short_of_its_length`]).
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if let Some(bytes) = self.ready.take() {
            return Ok(Some(bytes));
        }
        let data = self.data().await.inspect_err(|error| {
            log::in_call(self.call.as_ref(), || log::response_broken(error));
        })?;
        // With all bytes of the Content-Length, nothing else is read.
        if data.is_none() || self.open.as_ref().is_some_and(|open| open.has_ended()) {
            self.return_connection().await;
        }
        Ok(data)
    }

    async fn return_connection(&mut self) {
        let Some(open) = self.open.take() else { return };
        // The handle must not end the next request on this connection.
        self.abort_handle.iter().for_each(AbortHandle::disarm);
        if let Ok(connection) = open.into_connection().await {
            log::in_call(self.call.as_ref(), || self.pool.put(connection));
        }
    }

    /// The rest of the body. An error comes with the bytes that arrived before it.
    pub async fn collect(&mut self) -> Result<Bytes, (Bytes, Error)> {
        let first = match self.chunk().await {
            Ok(Some(first)) => first,
            Ok(None) => return Ok(Bytes::new()),
            Err(error) => return Err((Bytes::new(), error)),
        };
        // Most bodies are a single chunk, which needs no copy.
        let mut whole = None;
        loop {
            match self.chunk().await {
                Ok(Some(chunk)) => {
                    let whole = whole.get_or_insert_with(|| BytesMut::from(&first[..]));
                    whole.extend_from_slice(&chunk);
                }
                Ok(None) => return Ok(whole.map_or(first, BytesMut::freeze)),
                Err(error) => return Err((whole.map_or(first, BytesMut::freeze), error)),
            }
        }
    }

    async fn data(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(open) = self.open.as_mut() else { return Ok(None) };
        let next = poll_fn(|context| open.poll_data(context));
        let Some(outcome) = self.read_timer.timeout(self.read_timeout, next).await else {
            self.open = None;
            let limit = self.read_timeout.unwrap_or_default();
            return Err(Error::new(Kind::ReadTimeout {
                endpoint_url: self.endpoint_url.to_string(),
                error: format!("no data for {} s", limit.as_secs_f64()),
            }));
        };
        outcome.transpose().map_err(|BodyError { text, is_early_end }| {
            self.open = None;
            Error::new(if is_early_end {
                Kind::IncompleteBody { error: text, has_length: self.has_length }
            } else {
                Kind::ResponseStreaming { error: text }
            })
        })
    }
}
