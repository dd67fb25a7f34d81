//! A call's parameters → the parts of its request.

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use serde::ser::{Serialize, SerializeMap, Serializer};
use uuid::Uuid;

use super::blob::Blob;
use super::constraints::{SeenMembers, is_shorter};
use super::json::{Json, JsonWithBlobs};
use super::text;
use super::value::Typed;
use crate::codec::fall_back::{FallBack, encoding as fall_back};
use crate::model::{Body, Location, Member, Operation, Shape, Structure};

/// The parts of a request that depend on its parameters.
#[derive(Debug, Default)]
pub struct Encoded {
    /// The values in the path, unescaped, each with the index of its member in the input.
    pub labels: Vec<(usize, String)>,
    /// Names and values, unescaped.
    pub query: Vec<(String, String)>,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    /// Each is inserted into the body as base64, at its position.
    pub blobs: Vec<(usize, Bytes)>,
}

/// Encodes the call, or falls back. A call that falls back has not read from any file-like object.
pub fn request(
    operation: &'static Operation,
    params: &Bound<'_, PyDict>,
) -> Result<Encoded, FallBack> {
    let input = operation.input;
    let body = input.body();
    let mut encoded = Encoded::default();
    let mut seen = SeenMembers::new(input);
    let mut payload = None;
    for (key, value) in params.iter() {
        let (index, member) = seen.add(&key)?;
        match member.location {
            Location::Body
                if body.member().is_some_and(|payload| std::ptr::eq(payload, member)) =>
            {
                payload = Some(value);
            }
            Location::Body => {}
            Location::Uri => encoded.labels.push((index, text::label(&value, member.shape)?)),
            Location::Query => text::push_query(&mut encoded.query, &value, member)?,
            Location::Header => {
                encoded.headers.push((member.wire_name, text::header(&value, member.shape)?));
            }
            Location::StatusCode | Location::Special => return Err(FallBack),
        }
    }
    let tokens = tokens(operation, &mut seen)?;
    for (member, token) in &tokens {
        match member.location {
            Location::Query => encoded.query.push((member.wire_name.to_owned(), token.clone())),
            Location::Header => encoded.headers.push((member.wire_name, token.clone())),
            Location::Body if body.member().is_none() => {}
            _ => return Err(FallBack),
        }
    }
    seen.check_required()?;
    match (body, payload) {
        (Body::JsonMembers, _) => {
            if operation.sends_json_object() {
                let json = Json::default();
                let written =
                    json.write(&InBody { input, params, tokens: &tokens, json: &json })?;
                encoded.set_json(operation, written);
            }
        }
        (Body::JsonPayload(member), Some(value)) => {
            let json = Json::default();
            let written = json.write(&Typed { value: &value, shape: member.shape, json: &json })?;
            encoded.set_json(operation, written);
        }
        (Body::JsonPayload(member), None) => {
            let (Shape::Structure(_) | Shape::Document) = member.shape else {
                return Err(FallBack);
            };
            encoded.set_json(operation, (b"{}".to_vec(), Vec::new()));
        }
        (Body::Blob(_), Some(value)) => {
            encoded.body = Blob::of(&value)?.into_bytes()?;
        }
        (Body::Blob(_), None) => {}
        (Body::Text(_) | Body::EventStream(..), _) => return Err(FallBack),
    }
    Ok(encoded)
}

impl Encoded {
    /// A content type among the parameters precedes that of JSON.
    fn set_json(&mut self, operation: &Operation, (text, blobs): JsonWithBlobs) {
        self.body = Bytes::from(text);
        self.blobs = blobs;
        for (name, value) in operation.json_headers {
            if !self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)) {
                self.headers.push((name, (*value).to_owned()));
            }
        }
    }
}

/// A new token for each idempotency token that the caller left out. botocore adds them behind the
/// other parameters.
fn tokens(
    operation: &'static Operation,
    seen: &mut SeenMembers,
) -> Result<Vec<(&'static Member, String)>, FallBack> {
    let mut tokens = Vec::new();
    for index in operation.idempotency_tokens {
        let Some(member) = seen.add_missing(*index)? else { continue };
        let Shape::String(text) = member.shape else { return Err(FallBack) };
        let token = Uuid::new_v4().to_string();
        if is_shorter(&token, text.min) {
            return Err(FallBack);
        }
        tokens.push((member, token));
    }
    Ok(tokens)
}

/// The parameters that go into the body.
struct InBody<'a, 'py> {
    input: &'static Structure,
    params: &'a Bound<'py, PyDict>,
    tokens: &'a [(&'static Member, String)],
    json: &'a Json,
}

impl Serialize for InBody<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.params.iter() {
            let name = key.cast_exact::<PyString>().map_err(fall_back)?;
            let name = name.to_str().map_err(fall_back)?;
            let (_, member) = self.input.member(name).ok_or_else(|| fall_back(FallBack))?;
            if member.location == Location::Body {
                map.serialize_entry(
                    member.wire_name,
                    &Typed { value: &value, shape: member.shape, json: self.json },
                )?;
            }
        }
        for (member, token) in self.tokens {
            if member.location == Location::Body {
                map.serialize_entry(member.wire_name, token)?;
            }
        }
        map.end()
    }
}
