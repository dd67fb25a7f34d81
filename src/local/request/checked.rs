//! A request that has passed every check.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value;

use crate::local::access::authenticator::Caller;
use crate::local::faults::fault::Fault;
use crate::local::json::members::JsonExt;
use crate::local::scenario::settings::Scenario;
use crate::local::service_error::ServiceError;
use crate::model::{Operation, Service};

pub(crate) struct CheckedRequest {
    pub service: &'static Service,
    pub operation: &'static Operation,
    /// The input's members by name, without a payload that is not JSON.
    pub input: Value,
    pub body: Bytes,
    /// The model's identifier, after the setting `models` was applied; empty if the operation has
    /// no model.
    pub model: String,
    /// When the request arrived.
    pub started: Instant,
    /// Differs from request to request.
    pub seed: u64,
    /// The settings when the request arrived.
    pub scenario: Arc<Scenario>,
    /// The faults that hit the request.
    pub faults: Vec<Fault>,
    pub caller: Caller,
}

impl CheckedRequest {
    /// Milliseconds since the request arrived.
    pub(crate) fn elapsed(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether the response is an event stream.
    pub(crate) fn is_streamed(&self) -> bool {
        self.operation.output.event_stream().is_some()
    }

    /// Time from token to token.
    pub(crate) fn interval(&self) -> Option<Duration> {
        let slowed = self.faults.iter().find_map(|fault| match fault {
            Fault::SlowTokens(interval) => Some(*interval),
            _ => None,
        });
        slowed.or(self.scenario.interval)
    }

    /// One of the operation's own errors, with the status that the model gives it.
    pub(crate) fn error(&self, code: &'static str, message: impl Into<String>) -> ServiceError {
        let modelled = self.operation.errors.iter().find(|error| error.name == code);
        let status = modelled.and_then(|error| error.error.as_ref()).map(|error| error.status);
        ServiceError::named(code, Some(message.into()), status)
    }

    /// Whether this is one of the operation's own errors.
    pub(crate) fn has_error(&self, code: &str) -> bool {
        self.operation.errors.iter().any(|error| error.name == code)
    }

    /// A request of the server itself to a model of the runtime, on behalf of this one.
    pub(crate) fn on_behalf(&self, operation: &str, model: &str, body: Value) -> Option<Self> {
        CheckedRequest::of_server(&self.scenario, operation, model, body)
    }

    /// A request of the server itself: `operation` is one of the runtime's, and `body` is the JSON
    /// body of its request. No fault hits it.
    pub(crate) fn of_server(
        scenario: &Arc<Scenario>,
        operation: &str,
        model: &str,
        body: Value,
    ) -> Option<Self> {
        let service = Service::find("bedrock-runtime").ok()?;
        let bytes = Bytes::from(body.to_string());
        let mut input = body;
        input.put("modelId", Value::from(model));
        Some(CheckedRequest {
            service,
            operation: service.operation(operation)?,
            body: bytes,
            input,
            model: scenario.model(model).to_owned(),
            started: Instant::now(),
            seed: fastrand::u64(..),
            scenario: Arc::clone(scenario),
            faults: Vec::new(),
            caller: Caller::Bearer,
        })
    }
}
