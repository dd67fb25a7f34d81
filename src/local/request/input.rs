//! The input of an operation, gathered from a request's path, query, headers and body.

use bytes::Bytes;
use http::request::Parts;
use serde_json::{Map, Value};

use super::router::Route;
use crate::local::service_error::ServiceError;
use crate::model::Location;

/// All members by their names, except a payload that is not JSON.
pub(crate) fn gather(
    route: &Route,
    parts: &Parts,
    body: &Bytes,
) -> Result<Map<String, Value>, ServiceError> {
    let structure = route.operation.input;
    let in_body = structure.members.iter().any(|member| member.location == Location::Body);
    let mut input = Map::new();
    if in_body && structure.payload.is_none() && !body.is_empty() {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => input = members,
            Ok(_) => {
                return Err(ServiceError::serialization(
                    "Start of structure or map expected in request",
                ));
            }
            Err(error) => return Err(ServiceError::serialization(error.to_string())),
        }
    }
    for (index, label) in &route.labels {
        if let Some(member) = structure.members.get(*index) {
            input.insert(member.name.to_owned(), Value::from(label.as_str()));
        }
    }
    for member in structure.members {
        let value = match member.location {
            Location::Header => parts
                .headers
                .get(member.wire_name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            Location::Query => query(parts, member.wire_name),
            Location::Body | Location::Uri => None,
        };
        if let Some(value) = value {
            input.insert(member.name.to_owned(), Value::String(value));
        }
    }
    Ok(input)
}

fn query(parts: &Parts, name: &str) -> Option<String> {
    parts.uri.query()?.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
        (key == name).then(|| value.into_owned())
    })
}
