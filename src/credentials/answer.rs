//! Keys as a JSON object, which is how programs and endpoints give them.

use serde_json::Value;

use super::expiration;
use super::identity::Identity;

/// The object of a JSON text. The error never quotes the text, which holds secrets.
pub(super) fn parse(text: &[u8]) -> Result<Value, String> {
    let answer: Value = serde_json::from_slice(text).map_err(|_| "it is not JSON".to_owned())?;
    if answer.is_object() { Ok(answer) } else { Err("it is no JSON object".to_owned()) }
}

/// The keys in an answer, without their account. `token` is the name of the session token,
/// `method` botocore's name of the place that gave the answer. An `Expiration` of null or none:
/// the keys do not expire.
pub(super) fn identity(
    answer: &Value,
    token: &str,
    method: &'static str,
) -> Result<Identity, String> {
    let optional = |key: &str| match answer.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("The value of '{key}' in the response is no text")),
    };
    let required = |key: &str| {
        optional(key)?.ok_or_else(|| format!("Missing required key in response: '{key}'"))
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

/// The account in an answer. Instance metadata has none, says botocore.
pub(super) fn account_id(answer: &Value) -> Option<&str> {
    answer.get("AccountId").and_then(Value::as_str)
}
