//! One attempt of a call: ready → built → signed → sent → received. Afterwards, `retry` decides
//! whether another attempt follows.
//!
//! Each state is a type, and each step consumes the state before it. `client.rs` goes through all
//! states. Another caller can stop at any state to read or change the request. A request that is
//! signed and never sent is a presigned request.

use http::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use http::response::Parts;
use http::{Method, Request};

use crate::call::connections::unsendable;
use crate::call::options::CallOptions;
use crate::call::prepared::PreparedCall;
use crate::call::response::Payload;
use crate::call::retry::Attempts;
use crate::call::sign::{self, RequestAuth};
use crate::call::target::Target;
use crate::call::trace_id::lambda_trace_id;
use crate::credentials::Identity;
use crate::error::Error;
use crate::http::body::Body;
use crate::http::request_body::RequestBody;
use crate::log;

const INVOCATION_ID: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const SDK_REQUEST: HeaderName = HeaderName::from_static("amz-sdk-request");

/// Before the request is built.
#[derive(Clone, Copy)]
pub struct Ready<'a> {
    pub target: &'a Target,
    pub call: &'a PreparedCall,
    pub options: &'a CallOptions,
    /// The identity that came with the call, if the client has none of its own.
    pub identity: Option<&'a Identity>,
    /// Which attempt of which call this is.
    pub attempts: &'a Attempts,
    pub user_agent: &'a HeaderValue,
}

/// The request has all parts that the signature covers. The request is boxed because each step and
/// each future between here and the connection would otherwise copy 300 bytes: 1 % of a small call.
pub struct Built<'a> {
    ready: Ready<'a>,
    pub request: Box<Request<RequestBody>>,
}

/// The request can be sent. Only headers that are not signed may still change.
pub struct Signed<'a> {
    ready: Ready<'a>,
    pub request: Box<Request<RequestBody>>,
    /// The SigV4 signature, if the request has one.
    pub signature: Option<String>,
}

/// The head of the response has arrived.
pub struct Sent<'a> {
    ready: Ready<'a>,
    pub head: Parts,
    body: Body,
}

/// The response has arrived, including its body unless the operation streams.
pub struct Received {
    pub head: Parts,
    pub payload: Payload<Body>,
}

impl<'a> Ready<'a> {
    pub fn build(self) -> Result<Built<'a>, Error> {
        let path = self.target.path_and_query(self.call)?;
        let mut request = Box::new(Request::new(self.call.body.clone()));
        *request.uri_mut() = path.into();
        *request.method_mut() = Method::from_bytes(self.call.operation.http_method.as_bytes())
            .map_err(|error| unsendable(&error))?;
        let headers = request.headers_mut();
        headers.reserve(12);
        headers.insert(HOST, self.target.host().clone());
        for (name, value) in self.call.headers.iter().chain(&self.options.headers) {
            headers.insert(name, value.clone());
        }
        Ok(Built { ready: self, request })
    }

    /// For error texts.
    fn url(&self) -> String {
        self.target.connections.url(&self.call.path_and_query("").unwrap_or_default())
    }
}

impl<'a> Built<'a> {
    /// Retrieves or refreshes the credentials if necessary.
    pub async fn sign(self) -> Result<Signed<'a>, Error> {
        let Built { ready, mut request } = self;
        let Ready { target, attempts, .. } = ready;
        let auth = RequestAuth::resolve(&target.auth, ready.identity).await?;
        let signature = sign::authorize(&mut request, &auth, target)?;
        // botocore does not sign these, because proxies and load balancers may change them.
        let has_body = !request.body().is_empty() || request.method() == Method::GET;
        let headers = request.headers_mut();
        let attempt = HeaderValue::try_from(attempts.request_header());
        headers.insert(SDK_REQUEST, attempt.map_err(|error| unsendable(&error))?);
        let invocation = HeaderValue::try_from(attempts.invocation_id());
        headers.insert(INVOCATION_ID, invocation.map_err(|error| unsendable(&error))?);
        if let Some(trace_id) = lambda_trace_id() {
            // A parameter of the call takes precedence.
            headers.entry(TRACE_ID).or_insert(trace_id);
        }
        headers.insert(USER_AGENT, ready.user_agent.clone());
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if !has_body {
            // hyper sends no length for an empty body, but boto3 does.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(Signed { ready, request, signature })
    }
}

impl<'a> Signed<'a> {
    /// Returns once the head of the response has arrived.
    pub async fn send(self) -> Result<Sent<'a>, Error> {
        let Signed { ready, request, .. } = self;
        let Ready { target, options, .. } = ready;
        let host = &target.endpoint.authority;
        let size = request.body().len();
        log::sending(options.max_attempts, size, host, target.auth.method());
        let started = log::now();
        let connections = &target.connections;
        let response = connections.send(request, options.timeouts, &|| ready.url()).await?;
        let (head, body) = response.into_parts();
        let id = started.and_then(|_| request_id(&head.headers));
        log::response_received(started, host, head.status.as_u16(), id);
        Ok(Sent { ready, head, body })
    }
}

impl Sent<'_> {
    /// Reads the body, unless the caller will read it as a stream.
    pub async fn receive(self) -> Result<Received, Error> {
        let Sent { ready, head, body } = self;
        let streams = ready.call.operation.output.body().is_streamed();
        receive(head, body, streams, &|| ready.url()).await
    }
}

/// Reads the body, unless it is a success and `streams` is set. `url` gives the requested URL for
/// error texts.
pub async fn receive(
    head: Parts,
    mut body: Body,
    streams: bool,
    url: &impl Fn() -> String,
) -> Result<Received, Error> {
    let status = head.status.as_u16();
    if streams && status < 300 {
        return Ok(Received { head, payload: Payload::Streaming(body) });
    }
    match body.collect().await {
        Ok(whole) => Ok(Received { head, payload: Payload::Whole(whole) }),
        // An error response that is cut short is still an error response.
        Err((part, error)) if status >= 300 && error.is_short_of_its_length() => {
            Ok(Received { head, payload: Payload::Whole(part) })
        }
        Err((_, error)) => Err(error.during_attempt(&url(), status < 300)),
    }
}

/// The service's id of the request.
pub fn request_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id"));
    id.and_then(|id| id.to_str().ok())
}
