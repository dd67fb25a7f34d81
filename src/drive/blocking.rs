//! Synchronous calls: the attempt loop on the caller's own thread.
//!
//! While a function blocks, it calls `check` about every 100 ms. An error of `check` ends the wait
//! and aborts the request.

use std::sync::Arc;

use crate::call::client::Client;
use crate::call::given_request::GivenRequest;
use crate::call::options::CallOptions;
use crate::call::prepared::PreparedCall;
use crate::call::response::CallResponse;
use crate::config::auth::Auth;
use crate::credentials::Identity;
use crate::error::Error;
use crate::http::body::Body;
use crate::runtime::caller_thread;

/// Makes the call and blocks until its response has arrived.
pub fn call<E: From<Error>>(
    client: &Client,
    call: &PreparedCall,
    options: &CallOptions,
    identity: Option<&Identity>,
    check: impl FnMut() -> Result<(), E>,
) -> Result<CallResponse<Body>, E> {
    caller_thread::run(client.call(call, options, identity), check)
}

/// Sends one request of a call and blocks until its response has arrived.
pub fn exchange<E: From<Error>>(
    client: &Client,
    request: &GivenRequest,
    check: impl FnMut() -> Result<(), E>,
) -> Result<CallResponse<Body>, E> {
    caller_thread::run(client.exchange(request), check)
}

/// The AWS credentials in effect, retrieved or refreshed if necessary. `None` if requests are not
/// signed by SigV4, or if credentials are passed with each call.
pub fn identity<E: From<Error>>(
    client: &Client,
    check: impl FnMut() -> Result<(), E>,
) -> Result<Option<Arc<Identity>>, E> {
    let Auth::SigV4(credentials) = &client.target.auth else { return Ok(None) };
    caller_thread::run(credentials.get(), check).map(Some)
}
