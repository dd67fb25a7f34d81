//! One request and its answer: read, route, check, perform.

use std::io;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::auth::Caller;
use super::bedrock::Bedrock;
use super::body::Body;
use super::control::Source;
use super::counters::Counters;
use super::failure::Failure;
use super::faults::{Fault, Place};
use super::input;
use super::limits;
use super::request_body::{self, discard};
use super::router::{Route, route};
use super::scenario::Scenario;
use super::validate;
use super::wire::Line;
use crate::model::Operation;

/// A call that has passed every check.
pub(crate) struct Call {
    pub operation: &'static Operation,
    /// The modelled members by name; a payload that is not JSON stays in `body`.
    pub input: Value,
    pub body: Bytes,
    /// The model's identifier, after the caller's own names were looked up; empty where the
    /// operation has none.
    pub model: String,
    pub started: Instant,
    /// Differs from call to call.
    pub seed: u64,
    /// The settings when the call began.
    pub scenario: Arc<Scenario>,
    /// The faults that strike it.
    pub strikes: Vec<Fault>,
    pub caller: Caller,
}

impl Call {
    /// Milliseconds since the request arrived.
    pub(crate) fn elapsed(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether the answer is an event stream.
    pub(crate) fn is_streamed(&self) -> bool {
        self.operation.output.event_stream().is_some()
    }
}

/// Counts a request whose client went away before its answer.
struct Unanswered<'a>(Option<&'a Counters>);

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(counters) = self.0 {
            counters.request_aborted();
        }
    }
}

/// The answer to a request. An error drops the connection without one.
pub(crate) async fn answer(
    bedrock: Arc<Bedrock>,
    line: Line,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    let started = Instant::now();
    let (parts, incoming) = request.into_parts();
    if let Err(failure) = bedrock.host_policy.check(&parts) {
        return Ok(refuse(&failure.closing(), incoming));
    }
    if let Some(name) = parts.uri.path().strip_prefix("/_local/") {
        return Ok(controlled(&bedrock, &parts, name, incoming).await);
    }
    let counters = &bedrock.counters;
    counters.request_started();
    let mut unanswered = Unanswered(Some(counters));
    let route = route(&parts.method, parts.uri.path());
    let name = route.as_ref().map_or("UnknownOperation", |route| route.operation.name);
    let mut upward = None;
    let admitted = match route {
        None => {
            // A connection that is closed on an unread body is reset, and the answer with it.
            let body = request_body::read(incoming, bedrock.body_timeout).await;
            Err(body.err().unwrap_or_else(Failure::unknown_operation))
        }
        // The body of this one ends when the conversation does.
        Some(route) if route.operation.is_bidirectional() => {
            upward = Some(incoming);
            bedrock.admit(&route, &parts, Bytes::new(), started)
        }
        Some(route) => match request_body::read(incoming, bedrock.body_timeout).await {
            Ok(body) => bedrock.admit(&route, &parts, body, started),
            Err(failure) => Err(failure),
        },
    };
    let response = match admitted {
        Err(failure) => failure.response(),
        Ok(call) => {
            if let Some(fault) = call.strikes.iter().find(|fault| breaks_before_headers(fault)) {
                unanswered.0 = None;
                counters.answered(name, 0);
                if matches!(fault, Fault::HalfClose(_)) {
                    line.half_close();
                    std::future::pending::<()>().await;
                }
                line.reset();
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            let outcome = match upward {
                None => bedrock
                    .perform(&call)
                    .await
                    .map(|answer| answer.into_response(&call.strikes, line, counters)),
                Some(upward) => bedrock.converse_both_ways(call, upward).await,
            };
            outcome.unwrap_or_else(|failure| failure.response())
        }
    };
    unanswered.0 = None;
    counters.answered(name, response.status().as_u16());
    Ok(response)
}

fn breaks_before_headers(fault: &Fault) -> bool {
    matches!(fault, Fault::Reset(Place::Headers) | Fault::HalfClose(Place::Headers))
}

/// The answer to a request whose body is not wanted.
fn refuse(failure: &Failure, body: Incoming) -> Response<Body> {
    discard(body);
    failure.response()
}

/// The answer of a server that has as many connections as it may have.
pub(crate) fn crowded(limit: usize, request: Request<Incoming>) -> Response<Body> {
    let message = format!(
        "The local Bedrock has as many connections as it takes ({limit}). If it should take more, \
         start it with --max-connections (in Python: max_connections=)."
    );
    let failure = Failure::front_door(503, "ServiceUnavailableException", message);
    refuse(&failure.closing(), request.into_body())
}

async fn controlled(
    bedrock: &Bedrock,
    parts: &Parts,
    name: &str,
    body: Incoming,
) -> Response<Body> {
    let method = parts.method.as_str();
    // A web page can send what it likes as text/plain, but asks first if it says that it is JSON.
    if method == "POST" && !is_json(parts) {
        let message = format!("POST /_local/{name} takes Content-Type: application/json.");
        let failure = Failure::front_door(415, "UnsupportedMediaTypeException", message);
        return refuse(&failure.closing(), body);
    }
    let body = match request_body::read(body, bedrock.body_timeout).await {
        Ok(body) => body,
        Err(failure) => return failure.response(),
    };
    let (status, text) = match bedrock.control(Source::Network, method, name, &body) {
        Ok(text) => (StatusCode::OK, text),
        Err(message) => (StatusCode::BAD_REQUEST, json!({"message": message}).to_string()),
    };
    let mut response = Response::new(Body::Whole(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}

/// Whether a request says that its body is JSON, in whatever charset.
fn is_json(parts: &Parts) -> bool {
    let mut types = parts.headers.get_all(CONTENT_TYPE).iter();
    let essence = types.next().and_then(|value| value.to_str().ok()?.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
        && types.next().is_none()
}

impl Bedrock {
    /// Checks who calls, and what with; then lets faults and limits have their say.
    fn admit(
        &self,
        route: &Route,
        parts: &Parts,
        body: Bytes,
        started: Instant,
    ) -> Result<Call, Failure> {
        let caller = self.gate.check(parts, &body, SystemTime::now())?;
        let operation = route.operation;
        let input = input::gather(route, parts, &body)?;
        validate::check(operation.input, &input, body.len())?;
        let scenario = self.scenario();
        let identifier = input.get("modelId").and_then(Value::as_str).unwrap_or_default();
        let model = scenario.model(identifier).to_owned();
        let strikes = scenario.strikes(operation.name, &model);
        if !model.is_empty() {
            limits::admit_request(&scenario.limits, &model, started)?;
        }
        let input = Value::Object(input);
        let seed = fastrand::u64(..);
        Ok(Call { operation, input, body, model, started, seed, scenario, strikes, caller })
    }
}
