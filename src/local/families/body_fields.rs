//! Fields that several families read from their bodies.

use serde_json::Value;

use crate::local::json::members::JsonExt;
use crate::local::service_error::ServiceError;

/// The body of an InvokeModel request as JSON.
pub(crate) fn parse_body(body: &[u8]) -> Result<Value, ServiceError> {
    serde_json::from_slice(body).map_err(|_| {
        ServiceError::validation(
            "Malformed input request, please reformat your input and try again.",
        )
    })
}

/// A mandatory text.
pub(super) fn required_text<'a>(body: &'a Value, key: &str) -> Result<&'a str, ServiceError> {
    match body.at(key) {
        Value::String(text) => Ok(text),
        Value::Null => Err(ServiceError::missing_key(key)),
        _ => Err(ServiceError::malformed(format_args!("#/{key}: expected type: String"))),
    }
}

/// An optional limit of tokens.
pub(super) fn token_limit(body: &Value, key: &str) -> Result<Option<u32>, ServiceError> {
    match body.at(key) {
        Value::Null => Ok(None),
        given => match given.as_u64() {
            Some(limit) => Ok(Some(u32::try_from(limit).unwrap_or(u32::MAX))),
            None => Err(ServiceError::malformed(format_args!(
                "#/{key}: expected a whole number, 0 or more, found: {given}"
            ))),
        },
    }
}
