//! Synchronous calls: the attempt loop on the caller's own thread.

use std::sync::Arc;

use crate::call::transport::{Answer, Request, Transport};
use crate::config::auth::Auth;
use crate::credentials::Identity;
use crate::error::Error;
use crate::http::body::Body;
use crate::http::pool::{MAX_IDLE_SYNC, Pool};
use crate::runtime::caller_thread;

/// The synchronous side of a client.
///
/// While a method blocks, its `check` is asked about every 100 ms whether to go on; its error ends
/// the wait and aborts the request.
pub struct Blocking {
    pub transport: Arc<Transport>,
    pool: Arc<Pool>,
}

impl Blocking {
    pub fn new(transport: Arc<Transport>) -> Self {
        let kept = transport.settings.max_idle_connections.unwrap_or(MAX_IDLE_SYNC);
        Blocking { transport, pool: Arc::new(Pool::new(kept)) }
    }

    /// Makes the call and blocks for its outcome.
    pub fn call<E: From<Error>>(
        &self,
        request: &Request,
        external: Option<&Identity>,
        check: impl FnMut() -> Result<(), E>,
    ) -> Result<Answer<Body>, E> {
        caller_thread::run(self.transport.call(&self.pool, request, external), check)
    }

    /// The AWS keys in effect, looked up or refreshed if need be; `None` where requests carry no
    /// keys, or keys from outside.
    pub fn identity<E: From<Error>>(
        &self,
        check: impl FnMut() -> Result<(), E>,
    ) -> Result<Option<Arc<Identity>>, E> {
        let Auth::SigV4(credentials) = &self.transport.settings.auth else { return Ok(None) };
        caller_thread::run(credentials.get(), check).map(Some)
    }

    /// Closes idle connections; what is in use goes on.
    pub fn close(&self) {
        self.pool.clear();
    }
}
