//! Error answers, as the service writes them.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::{Map, Value};

/// Where the service says an error came from: its own code, or the front door that checks
/// signatures and shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Service,
    FrontDoor,
}

#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub status: u16,
    pub code: Cow<'static, str>,
    pub message: String,
    origin: Origin,
    /// Further members of the error's shape.
    members: Map<String, Value>,
    /// Further response headers, e.g. `x-amz-retry-after`.
    pub headers: Vec<(String, String)>,
}

impl Failure {
    /// Any error, with a status of the caller's choice.
    pub(crate) fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Failure {
            status,
            code: code.into(),
            message: message.into(),
            origin: Origin::Service,
            members: Map::new(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Failure::new(400, "ValidationException", message)
    }

    /// The request is not JSON, or a member has the wrong type.
    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Failure {
            origin: Origin::FrontDoor,
            ..Failure::new(400, "SerializationException", message)
        }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Failure::new(404, "ResourceNotFoundException", message)
    }

    /// 403 from the check of signature and identity.
    pub(crate) fn identity(code: &'static str, message: impl Into<String>) -> Self {
        Failure { origin: Origin::FrontDoor, ..Failure::new(403, code, message) }
    }

    pub(crate) fn unknown_operation() -> Self {
        let message = "The requested operation is not recognized by the service.";
        Failure {
            origin: Origin::FrontDoor,
            ..Failure::new(404, "UnknownOperationException", message)
        }
    }

    pub(crate) fn unknown_model() -> Self {
        Failure::validation("The provided model identifier is invalid.")
    }

    /// Adds a member of the error's shape, e.g. `originalStatusCode`.
    pub(crate) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// The value of `x-amzn-errortype`.
    pub(crate) fn error_type(&self) -> String {
        let namespace = match self.origin {
            Origin::Service => "com.amazon.bedrock/",
            Origin::FrontDoor => "com.amazon.coral.service/",
        };
        format!("{}:http://internal.amazon.com/coral/{namespace}", self.code)
    }

    pub(crate) fn body(&self) -> Bytes {
        let mut members = self.members.clone();
        members.insert("message".to_owned(), Value::String(self.message.clone()));
        Bytes::from(Value::Object(members).to_string())
    }
}
