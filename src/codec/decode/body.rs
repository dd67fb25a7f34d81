//! The JSON of a whole body, or of an event.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::json::Json;
use super::value::{Context, Scalars};
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
            let value = whole(json, |json| context.value(member.shape, json))?;
            context.set(dict, member, value)
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
    whole(json, |json| context.members(structure, json, dict))
}

/// The one value of a text. No text at all counts as an empty object.
fn whole<T>(
    text: &[u8],
    value: impl FnOnce(&mut Json<'_>) -> Result<T, FallBack>,
) -> Result<T, FallBack> {
    let mut json = Json::new(if text.is_empty() { b"{}" } else { text })?;
    let value = value(&mut json)?;
    json.end()?;
    Ok(value)
}
