//! Errors, as the service writes them.

use std::borrow::Cow;
use std::fmt::Display;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::local::json::strict::StrictObject;

/// The part of the service that an error's namespace names: the service's own code, or the front
/// end that checks signatures and shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Service,
    FrontEnd,
}

#[derive(Debug, Clone)]
pub(crate) struct ServiceError {
    pub status: u16,
    pub code: Cow<'static, str>,
    pub message: String,
    origin: Origin,
    /// Members of the error's shape besides `message`.
    members: Option<Box<Map<String, Value>>>,
    /// Response headers of this error alone, e.g. `x-amz-retry-after`.
    pub headers: Vec<(String, String)>,
    /// The whole body, if it is not the service's JSON.
    pub raw_body: Option<Box<str>>,
}

impl ServiceError {
    /// Any error of the service's own code.
    pub(crate) fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        ServiceError {
            status,
            code: code.into(),
            message: message.into(),
            origin: Origin::Service,
            members: None,
            headers: Vec::new(),
            raw_body: None,
        }
    }

    /// An error by its code. If no message or status is given, the error has the one that the
    /// service usually sends with this code.
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
        ServiceError::new(status.unwrap_or(usual), code.to_owned(), message)
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        ServiceError::new(400, "ValidationException", message)
    }

    /// The request is not JSON, or a member has the wrong type.
    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        ServiceError::front_end(400, "SerializationException", message)
    }

    /// An error of the front end.
    pub(crate) fn front_end(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        ServiceError { origin: Origin::FrontEnd, ..ServiceError::new(status, code, message) }
    }

    /// 403: the request's signature or identity is refused.
    pub(crate) fn identity(code: &'static str, message: impl Into<String>) -> Self {
        ServiceError::front_end(403, code, message)
    }

    pub(crate) fn unknown_operation() -> Self {
        let message = "The requested operation is not recognized by the service.";
        ServiceError::front_end(404, "UnknownOperationException", message)
    }

    pub(crate) fn unknown_model() -> Self {
        ServiceError::validation("The provided model identifier is invalid.")
    }

    /// A body that the model cannot read, with the service's message.
    pub(crate) fn malformed(problem: impl Display) -> Self {
        ServiceError::validation(format!(
            "Malformed input request: {problem}, please reformat your input and try again."
        ))
    }

    /// A body that lacks a mandatory key.
    pub(crate) fn missing_key(key: &str) -> Self {
        ServiceError::malformed(format_args!("#: required key [{key}] not found"))
    }

    /// An error that the settings describe, by its code or by an object with `code`, `message` and
    /// `status`. `Err` is a sentence for the caller.
    pub(crate) fn from_settings(json: &Value) -> Result<Self, String> {
        if let Some(code) = json.as_str() {
            return Ok(ServiceError::named(code, None, None));
        }
        let mut object = StrictObject::new("error", json)?;
        let code = object.text("code")?;
        let code = object.required("code", code)?;
        let message = object.text("message")?;
        let status = object.read("status", "an HTTP status from 200 to 599", |value| {
            value.as_u64().and_then(|status| u16::try_from(status).ok()).filter(is_final)
        })?;
        object.finish()?;
        Ok(ServiceError::named(&code, message, status))
    }

    /// Closes the connection after the response.
    pub(crate) fn closing(mut self) -> Self {
        self.headers.push(("connection".to_owned(), "close".to_owned()));
        self
    }

    /// Adds a member of the error's shape, e.g. `originalStatusCode`.
    pub(crate) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.get_or_insert_default().insert(member.to_owned(), value.into());
        self
    }

    /// The value of the header `x-amzn-errortype`.
    pub(crate) fn error_type(&self) -> String {
        let namespace = match self.origin {
            Origin::Service => "com.amazon.bedrock/",
            Origin::FrontEnd => "com.amazon.coral.service/",
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

/// Statuses below 200 are interim: another response follows.
fn is_final(status: &u16) -> bool {
    (200..=599).contains(status)
}
