//! The configuration of invocation logs, which is kept and has no effect.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::local::json::members::JsonExt;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;

const MEMBER: &str = "loggingConfig";

/// Null if there is no configuration.
#[derive(Debug, Default)]
pub(crate) struct LoggingConfiguration(Mutex<Value>);

impl LoggingConfiguration {
    pub(super) fn put(&self, request: &CheckedRequest) -> OperationOutput {
        *self.lock() = request.input.at(MEMBER).clone();
        OperationOutput::of(request.operation, json!({}))
    }

    pub(super) fn get(&self, request: &CheckedRequest) -> OperationOutput {
        let body = match &*self.lock() {
            Value::Null => json!({}),
            configuration => json!({MEMBER: configuration}),
        };
        OperationOutput::of(request.operation, body)
    }

    pub(super) fn delete(&self, request: &CheckedRequest) -> OperationOutput {
        *self.lock() = Value::Null;
        OperationOutput::of(request.operation, json!({}))
    }

    fn lock(&self) -> MutexGuard<'_, Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
