//! From a request to its response.

use std::io;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use serde_json::{Map, Value};

use super::control;
use crate::local::counters::Counters;
use crate::local::faults::fault::Fault;
use crate::local::faults::injection::breaks_before_headers;
use crate::local::http::fault_switch::FaultSwitch;
use crate::local::http::request_body;
use crate::local::http::response::{error_response, refusal};
use crate::local::http::response_body::Body;
use crate::local::operations::bedrock::Bedrock;
use crate::local::request::checked::CheckedRequest;
use crate::local::request::router::{Candidates, Route, candidates};
use crate::local::request::{input, validate};
use crate::local::scenario::rate_limit;
use crate::local::service_error::ServiceError;
use crate::model::{Operation, Protocol};

/// Counts a request whose client left before the response.
struct AbortCounter<'a>(Option<&'a Counters>);

impl Drop for AbortCounter<'_> {
    fn drop(&mut self) {
        if let Some(counters) = self.0 {
            counters.request_aborted();
        }
    }
}

/// Handles a request. An error closes the connection without a response.
pub(super) async fn handle(
    bedrock: Arc<Bedrock>,
    fault_switch: FaultSwitch,
    request: Request<Incoming>,
) -> io::Result<Response<Body>> {
    let started = Instant::now();
    let (parts, incoming) = request.into_parts();
    if let Err(error) = bedrock.host_policy.check(&parts) {
        return Ok(refusal(&error.closing(), incoming));
    }
    if let Some(name) = parts.uri.path().strip_prefix("/_local/") {
        return Ok(control::handle(&bedrock, &parts, name, incoming).await);
    }
    let counters = &bedrock.counters;
    counters.request_started();
    let mut abort_counter = AbortCounter(Some(counters));
    let candidates = candidates(&parts);
    let operation = candidates.as_ref().map(|candidates| candidates.first.operation);
    let name = operation.map_or("UnknownOperation", |operation| operation.name);
    let mut bidirectional_body = None;
    let checked = match candidates {
        None => {
            // Closing a connection with an unread body resets it, and the response would be lost.
            let body = request_body::read(incoming, bedrock.body_timeout).await;
            Err(body.err().unwrap_or_else(ServiceError::unknown_operation))
        }
        // This body ends only when the conversation does.
        Some(candidates) if candidates.first.operation.is_bidirectional() => {
            bidirectional_body = Some(incoming);
            check(&bedrock, &candidates, &parts, Bytes::new(), started)
        }
        Some(candidates) => match request_body::read(incoming, bedrock.body_timeout).await {
            Ok(body) => check(&bedrock, &candidates, &parts, body, started),
            Err(error) => Err(error),
        },
    };
    let response = match checked {
        Err(error) => error_response(&with_code(error, operation)),
        Ok(request) => {
            if let Some(fault) = request.faults.iter().find(|fault| breaks_before_headers(fault)) {
                abort_counter.0 = None;
                counters.responded(name, 0);
                if matches!(fault, Fault::HalfClose(_)) {
                    fault_switch.half_close();
                    std::future::pending::<()>().await;
                }
                fault_switch.reset();
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            let outcome = match bidirectional_body {
                None => bedrock
                    .run(&request)
                    .await
                    .map(|output| output.into_response(&request.faults, fault_switch, counters)),
                Some(body) => bedrock.invoke_bidirectional(request, body).await,
            };
            outcome.unwrap_or_else(|error| error_response(&with_code(error, operation)))
        }
    };
    abort_counter.0 = None;
    counters.responded(name, response.status().as_u16());
    Ok(response)
}

/// Checks the identity and the input of a request; then applies fault rules and rate limits.
fn check(
    bedrock: &Bedrock,
    candidates: &Candidates,
    parts: &Parts,
    body: Bytes,
    started: Instant,
) -> Result<CheckedRequest, ServiceError> {
    let Candidates { first: Route { service, operation, .. }, others } = candidates;
    let now = SystemTime::now();
    let caller = bedrock.authenticator.check(service, operation, parts, &body, now)?;
    let first = checked_input(&candidates.first, parts, &body);
    let (route, input) = first.or_else(|error| {
        let mut others = others.iter().map(|route| checked_input(route, parts, &body));
        others.find_map(Result::ok).ok_or(error)
    })?;
    let Route { service, operation, .. } = route;
    let scenario = bedrock.scenario();
    let identifier = input.get("modelId").and_then(Value::as_str).unwrap_or_default();
    let model = bedrock.control_plane.model(identifier);
    let model = scenario.model(model.as_deref().unwrap_or(identifier)).to_owned();
    let faults = scenario.faults_for(operation.name, &model);
    if service.name == "bedrock-runtime" && !model.is_empty() {
        rate_limit::admit_request(&scenario.limits, &model, started)?;
    }
    let input = Value::Object(input);
    let seed = fastrand::u64(..);
    Ok(CheckedRequest {
        service,
        operation,
        input,
        body,
        model,
        started,
        seed,
        scenario,
        faults,
        caller,
    })
}

fn checked_input<'a>(
    route: &'a Route,
    parts: &Parts,
    body: &Bytes,
) -> Result<(&'a Route, Map<String, Value>), ServiceError> {
    let input = input::gather(route, parts, body)?;
    let valid = validate::check(route.operation.input, &input, body.len());
    valid.map_err(|error| with_reason(error, route))?;
    Ok((route, input))
}

/// Adds the code to the body, where clients of the protocol json look for it.
fn with_code(error: ServiceError, operation: Option<&Operation>) -> ServiceError {
    match operation {
        Some(operation) if operation.protocol == Protocol::Json => {
            let code = error.code.clone().into_owned();
            error.with("__type", code)
        }
        _ => error,
    }
}

/// Adds the reason that some services' ValidationException has.
fn with_reason(error: ServiceError, route: &Route) -> ServiceError {
    let mut modelled = route.operation.errors.iter().filter(|modelled| modelled.name == error.code);
    match modelled.any(|modelled| modelled.member("reason").is_some()) {
        true => error.with("reason", "FieldValidationFailed"),
        false => error,
    }
}

/// The response on a connection beyond the limit.
pub(super) fn refuse_connection(limit: usize, request: Request<Incoming>) -> Response<Body> {
    let message = format!(
        "The local Bedrock has as many connections as it accepts ({limit}). To allow more, start it \
         with --max-connections (in Python: max_connections=)."
    );
    let error = ServiceError::front_end(503, "ServiceUnavailableException", message);
    refusal(&error.closing(), request.into_body())
}
