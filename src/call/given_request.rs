//! One request that is sent as it is: handlers of events have seen it, and may have changed it.

use http::{Request, Uri};

use crate::call::attempt::{Received, receive, request_id};
use crate::call::client::Client;
use crate::call::connections::authority;
use crate::call::response::{CallResponse, ResponseHead};
use crate::error::Error;
use crate::http::body::Body;
use crate::http::exchange::Timeouts;
use crate::http::request_body::RequestBody;
use crate::log;

/// A request that is sent as it is.
pub struct GivenRequest {
    pub url: Uri,
    /// Its URI is the path and the query of `url`.
    pub request: Box<Request<RequestBody>>,
    pub timeouts: Timeouts,
    /// Whether the body of a success is left for the caller to read.
    pub streams: bool,
    /// For the log.
    pub max_attempts: u32,
}

impl Client {
    /// Sends the request once.
    pub async fn exchange(&self, given: &GivenRequest) -> Result<CallResponse<Body>, Error> {
        let connections = self.connections(&given.url)?;
        let host = authority(&given.url);
        // The URL may hold a password.
        let url = || {
            let scheme = given.url.scheme_str().unwrap_or_default();
            format!("{scheme}://{host}{}", given.request.uri())
        };
        let size = given.request.body().len();
        log::sending(given.max_attempts, size, &host, self.target.auth.method());
        let started = log::now();
        let response = connections.send(given.request.clone(), given.timeouts, &url).await?;
        let (head, body) = response.into_parts();
        let id = started.and_then(|_| request_id(&head.headers));
        log::response_received(started, &host, head.status.as_u16(), id);
        let Received { head, payload } = receive(head, body, given.streams, &url).await?;
        let head = ResponseHead {
            status: head.status.as_u16(),
            headers: head.headers,
            retry_attempts: 0,
            max_attempts_reached: false,
            retry_quota_reached: false,
        };
        Ok(CallResponse { head, payload })
    }
}
