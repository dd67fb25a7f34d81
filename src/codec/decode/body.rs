//! The JSON of a whole body, or of an event.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::de::DeserializeSeed;

use super::value::{Context, Members, Scalars, Typed, fill};
use crate::codec::fall_back::FallBack;
use crate::codec::member_names::MemberNames;
use crate::model::{Body, Structure};

/// Decodes the body of a successful response and adds the members that it has to `dict`. A body that
/// is no JSON falls back.
pub fn body<'py>(
    py: Python<'py>,
    names: &'static MemberNames,
    output: &'static Structure,
    scalars: Scalars,
    json: &[u8],
    dict: &Bound<'py, PyDict>,
) -> Result<(), FallBack> {
    match output.body() {
        Body::JsonMembers => structure(py, names, output, scalars, json, dict),
        Body::JsonPayload(member) => {
            let context = Context { py, names, scalars };
            let value = whole(json, Typed { context, shape: member.shape })?;
            dict.set_item(names.name(py, member), value).map_err(|_| FallBack)
        }
        Body::Blob(_) | Body::Text(_) | Body::EventStream(..) => Err(FallBack),
    }
}

/// Decodes one structure's JSON and adds its members to `dict`, in the model's order.
pub fn structure<'py>(
    py: Python<'py>,
    names: &'static MemberNames,
    structure: &'static Structure,
    scalars: Scalars,
    json: &[u8],
    dict: &Bound<'py, PyDict>,
) -> Result<(), FallBack> {
    let context = Context { py, names, scalars };
    let values = whole(json, Members { context, structure })?;
    fill(context, structure, values, dict).map_err(|_| FallBack)
}

/// The one value of a text. No text at all counts as an empty object.
fn whole<'a, T: DeserializeSeed<'a>>(json: &'a [u8], seed: T) -> Result<T::Value, FallBack> {
    // The whole text is checked here, because serde_json does not check strings that it skips.
    let json = std::str::from_utf8(json).map_err(|_| FallBack)?;
    let json = if json.is_empty() { "{}" } else { json };
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = seed.deserialize(&mut deserializer).map_err(|_| FallBack)?;
    deserializer.end().map_err(|_| FallBack)?;
    Ok(value)
}
