//! The error code in an error response, as botocore's parsers read it.
//!
//! Only the code is read here, because retries depend on it. The codec reads messages and modelled
//! members.

use std::fmt;

use http::HeaderMap;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::call::response::header_text;
use crate::model::Protocol;

/// botocore's parser raises on this response (invalid UTF-8, a JSON list, a `__type` of 5), so that the
/// call ends whatever its status is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// The `Error.Code` of a response with a status of 301 or more; `None` if it is not text.
///
/// # Errors
/// [`Unreadable`] if botocore's parser raises.
pub fn error_code(
    protocol: Protocol,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<String>, Unreadable> {
    if status >= 500 && is_generic(body) {
        return Ok(Some(status.to_string()));
    }
    let members = Members::read(body)?;
    let mut code = match members.kind {
        Some(Value::Number(_) | Value::Bool(_)) => return Err(Unreadable),
        Some(Value::Null) => Value::from(""),
        kind => match (query_error(headers), kind) {
            (Some(code), _) => Value::from(code),
            (None, Some(Value::String(name))) => Value::from(bare(&name)),
            (None, Some(container)) => container,
            (None, None) => Value::from(status.to_string()),
        },
    };
    if protocol == Protocol::Json {
        // Only `__type` names the error.
    } else if let Some(name) = header_text(headers, "x-amzn-errortype") {
        code = Value::from(bare(&name));
    } else {
        match members.code.or(members.capital_code) {
            None | Some(Value::Null) => {}
            Some(Value::String(name)) => code = Value::from(bare(&name)),
            Some(other) => code = other,
        }
    }
    match code {
        Value::String(code) => Ok(Some(code)),
        // botocore raises when it looks the code up among the modelled errors, because a list or a
        // dict cannot be hashed.
        Value::Array(_) | Value::Object(_) => Err(Unreadable),
        _ => Ok(None),
    }
}

/// Whether a load balancer or a proxy responded in place of the service.
fn is_generic(body: &[u8]) -> bool {
    let mut text = body.iter().skip_while(|byte| matches!(byte, b'\t'..=b'\r' | b' ')).peekable();
    text.peek().is_none() || text.take(6).eq(b"<html>")
}

/// `com.amazonaws#Name:http://…` → `Name`.
fn bare(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(name, _)| name);
    code.rsplit_once('#').map_or(code, |(_, name)| name)
}

/// The code in the form `Code;Type`, from services that used to speak the query protocol.
fn query_error(headers: &HeaderMap) -> Option<String> {
    let text = header_text(headers, "x-amzn-query-error")?;
    let (code, kind) = text.split_once(';')?;
    (!code.is_empty() && !kind.contains(';')).then(|| code.to_owned())
}

/// The members of an error body that name the error. Other members are skipped unread, so that an
/// oddity in a message (a lone surrogate, deep nesting) does not hide the code.
#[derive(Default)]
struct Members {
    /// `__type`
    kind: Option<Value>,
    code: Option<Value>,
    /// `Code`
    capital_code: Option<Value>,
}

impl Members {
    /// A body that is not JSON is the message of the error and has no code.
    fn read(body: &[u8]) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(body).map_err(|_| Unreadable)?;
        match serde_json::from_str(text) {
            Ok(members) => Ok(members),
            // JSON, but not an object.
            Err(error) if error.is_data() && serde_json::from_str::<IgnoredAny>(text).is_ok() => {
                Err(Unreadable)
            }
            Err(_) => Ok(Self::default()),
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key::<String>()? {
            let member = match name.as_str() {
                "__type" => &mut members.kind,
                "code" => &mut members.code,
                "Code" => &mut members.capital_code,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *member = Some(map.next_value()?);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::retry::reference;

    #[test]
    fn codes_match_botocores() {
        let sections = reference::section("error_codes");
        let of = |protocol, name: &str| {
            let cases = sections[name].as_array().unwrap();
            assert!(cases.len() > 50);
            cases.iter().map(move |case| (protocol, case))
        };
        for (protocol, case) in
            of(Protocol::RestJson, "rest-json").chain(of(Protocol::Json, "json"))
        {
            let mut headers = HeaderMap::new();
            for header in case["headers"].as_array().unwrap() {
                let name: http::HeaderName = header[0].as_str().unwrap().parse().unwrap();
                headers.append(name, reference::latin_1(&header[1]).try_into().unwrap());
            }
            let status = case["status"].as_u64().unwrap().try_into().unwrap();
            let expected = match &case["code"] {
                Value::String(code) if code == "(raises)" => Err(Unreadable),
                Value::String(code) => Ok(Some(code.clone())),
                Value::Null => Ok(None),
                other => panic!("{other}"),
            };
            let body = reference::latin_1(&case["body"]);
            let actual = error_code(protocol, status, &headers, &body);
            assert_eq!(actual, expected, "{case}");
        }
    }
}
