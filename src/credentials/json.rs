//! Credentials as a JSON object, the form in which programs and endpoints return them.

use serde_json::Value;

use super::expiration;
use super::identity::Identity;

/// Parses a JSON object. The error never quotes the text, which holds secrets.
pub(super) fn parse(text: &[u8]) -> Result<Value, String> {
    let object: Value = serde_json::from_slice(text).map_err(|_| "it is not JSON".to_owned())?;
    if object.is_object() { Ok(object) } else { Err("it is not a JSON object".to_owned()) }
}

/// The credentials in the object, without the account. `token` is the name of the session token's
/// member, `method` is botocore's name of the provider. Credentials without an `Expiration`, or
/// with null, do not expire.
pub(super) fn identity(
    object: &Value,
    token: &str,
    method: &'static str,
) -> Result<Identity, String> {
    let optional = |name: &str| match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("The value of '{name}' in the response is not a string")),
    };
    let required = |name: &str| {
        optional(name)?.ok_or_else(|| format!("Missing required key in response: '{name}'"))
    };
    let expires =
        optional("Expiration")?.map(|text| expiration::parse("Expiration", text)).transpose()?;
    Ok(Identity::new(
        required("AccessKeyId")?,
        required("SecretAccessKey")?,
        optional(token)?.map(str::to_owned),
        expires,
        method,
    ))
}

/// The account in the object. botocore ignores an account in instance metadata.
pub(super) fn account_id(object: &Value) -> Option<&str> {
    object.get("AccountId").and_then(Value::as_str)
}
