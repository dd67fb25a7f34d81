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
    members: Option<Box<Map<String, Value>>>,
    /// Further response headers, e.g. `x-amz-retry-after`.
    pub headers: Vec<(String, String)>,
    /// The whole body, where it is not the service's JSON.
    pub raw_body: Option<Box<str>>,
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
            members: None,
            headers: Vec::new(),
            raw_body: None,
        }
    }

    /// An error by its code: status and words as the service has them, where it knows the code.
    pub(crate) fn named(code: &str, message: Option<String>, status: Option<u16>) -> Self {
        let (usual, words) = match code {
            "AccessDeniedException" => {
                (403, "You don't have access to the model with the specified model ID.")
            }
            "ResourceNotFoundException" => (404, "The resource could not be found."),
            "ModelTimeoutException" => {
                (408, "Model has timed out in processing the request. Try your request again.")
            }
            "ModelErrorException" | "ModelStreamErrorException" => (
                424,
                "The system encountered an unexpected error during processing. Try your request again.",
            ),
            "ThrottlingException" => (429, "Too many requests, please wait before trying again."),
            "ModelNotReadyException" => {
                (429, "Model is not ready for inference. Wait and try your request again.")
            }
            "InternalServerException" => (
                500,
                "The system encountered an unexpected error during processing. Try your request again.",
            ),
            "ServiceUnavailableException" => (503, "Bedrock is unable to process your request."),
            "ServiceQuotaExceededException" => {
                (400, "Your request exceeds the service quota for your account.")
            }
            "ExpiredTokenException" => {
                (403, "The security token included in the request is expired")
            }
            _ => (400, "The request was refused."),
        };
        let message = message.unwrap_or_else(|| words.to_owned());
        Failure::new(status.unwrap_or(usual), code.to_owned(), message)
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Failure::new(400, "ValidationException", message)
    }

    /// The request is not JSON, or a member has the wrong type.
    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Failure::front_door(400, "SerializationException", message)
    }

    /// An error of what stands before the service's own code.
    pub(crate) fn front_door(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Failure { origin: Origin::FrontDoor, ..Failure::new(status, code, message) }
    }

    /// 403 from the check of signature and identity.
    pub(crate) fn identity(code: &'static str, message: impl Into<String>) -> Self {
        Failure::front_door(403, code, message)
    }

    pub(crate) fn unknown_operation() -> Self {
        let message = "The requested operation is not recognized by the service.";
        Failure::front_door(404, "UnknownOperationException", message)
    }

    pub(crate) fn unknown_model() -> Self {
        Failure::validation("The provided model identifier is invalid.")
    }

    /// Ends the connection after the answer.
    pub(crate) fn closing(mut self) -> Self {
        self.headers.push(("connection".to_owned(), "close".to_owned()));
        self
    }

    /// Adds a member of the error's shape, e.g. `originalStatusCode`.
    pub(crate) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.get_or_insert_default().insert(member.to_owned(), value.into());
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
        if let Some(body) = &self.raw_body {
            return Bytes::copy_from_slice(body.as_bytes());
        }
        let mut members = self.members.as_deref().cloned().unwrap_or_default();
        members.insert("message".to_owned(), Value::String(self.message.clone()));
        Bytes::from(Value::Object(members).to_string())
    }
}
