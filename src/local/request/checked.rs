//! A request that has passed every check.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value;

use crate::local::access::authenticator::Caller;
use crate::local::faults::fault::Fault;
use crate::local::scenario::settings::Scenario;
use crate::model::Operation;

pub(crate) struct CheckedRequest {
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
}
