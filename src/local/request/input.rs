//! The input of an operation, gathered from a request's path, query, headers and body.

use std::borrow::Cow;

use bytes::Bytes;
use http::request::Parts;
use serde_json::{Map, Value};

use super::router::Route;
use crate::local::service_error::ServiceError;
use crate::model::{Body, Location, Member, Shape};

/// All members by their names, except a payload that is not JSON.
pub(crate) fn gather(
    route: &Route,
    parts: &Parts,
    body: &Bytes,
) -> Result<Map<String, Value>, ServiceError> {
    let structure = route.operation.input;
    let mut input = match structure.body() {
        Body::JsonMembers => members(structure.members(), body)?,
        Body::JsonPayload(member) if !body.is_empty() => {
            [(member.name.to_owned(), json(body)?)].into_iter().collect()
        }
        _ => Map::new(),
    };
    for (index, label) in &route.labels {
        if let Some(member) = structure.members().get(*index) {
            input.insert(member.name.to_owned(), Value::from(label.as_str()));
        }
    }
    let query = parts.uri.query().unwrap_or_default();
    for member in structure.members() {
        let value = match member.location {
            Location::Header => header(parts, member),
            Location::Query => from_query(query, member),
            _ => None,
        };
        if let Some(value) = value {
            input.insert(member.name.to_owned(), value);
        }
    }
    Ok(input)
}

/// The members of a body that is a JSON object.
fn members(members: &[Member], body: &Bytes) -> Result<Map<String, Value>, ServiceError> {
    if body.is_empty() || members.iter().all(|member| member.location != Location::Body) {
        return Ok(Map::new());
    }
    match json(body)? {
        Value::Object(members) => Ok(members),
        _ => Err(ServiceError::serialization("Start of structure or map expected in request")),
    }
}

fn json(body: &Bytes) -> Result<Value, ServiceError> {
    serde_json::from_slice(body).map_err(|error| ServiceError::serialization(error.to_string()))
}

fn header(parts: &Parts, member: &Member) -> Option<Value> {
    let value = parts.headers.get(member.wire_name)?.to_str().ok()?;
    Some(typed(&member.shape, value.into()))
}

/// A list is a name that is repeated.
fn from_query(query: &str, member: &Member) -> Option<Value> {
    let mut values = query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name) == member.wire_name).then(|| decoded(value))
    });
    match &member.shape {
        Shape::List(list) => {
            let items: Vec<Value> = values.map(|value| typed(&list.item, value)).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        shape => values.next().map(|value| typed(shape, value)),
    }
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

/// A value that arrived as text. A text that is not of the wanted type stays what it is, and the
/// validation refuses it.
fn typed(shape: &Shape, text: Cow<'_, str>) -> Value {
    let read = match shape {
        Shape::Integer(_) => text.parse::<i64>().ok().map(Value::from),
        Shape::Float(_) => text.parse::<f64>().ok().map(Value::from),
        Shape::Boolean => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    read.unwrap_or_else(|| Value::String(text.into_owned()))
}
