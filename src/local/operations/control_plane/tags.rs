//! TagResource, UntagResource and ListTagsForResource.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::collection::{Tagged, tag_map};
use crate::local::json::members::{JsonExt, texts};
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

/// The largest number of tags of a resource.
const MOST: usize = 50;

pub(super) fn tag(
    request: &CheckedRequest,
    kinds: &[&dyn Tagged],
) -> Result<OperationOutput, ServiceError> {
    let new = tag_map(request.input.at("tags"));
    let mut too_many = false;
    change(request, kinds, |tags| {
        let mut all = tags.clone();
        all.extend(new.clone());
        too_many = all.len() > MOST;
        if !too_many {
            *tags = all;
        }
    })?;
    if too_many {
        let message = format!("A resource has at most {MOST} tags.");
        return Err(request.error("TooManyTagsException", message));
    }
    Ok(OperationOutput::of(request.operation, json!({})))
}

pub(super) fn untag(
    request: &CheckedRequest,
    kinds: &[&dyn Tagged],
) -> Result<OperationOutput, ServiceError> {
    let keys = texts(request.input.at("tagKeys"));
    change(request, kinds, |tags| tags.retain(|key, _| !keys.contains(key)))?;
    Ok(OperationOutput::of(request.operation, json!({})))
}

pub(super) fn list(
    request: &CheckedRequest,
    kinds: &[&dyn Tagged],
) -> Result<OperationOutput, ServiceError> {
    let mut found = Vec::new();
    change(request, kinds, |tags| {
        found = tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    })?;
    Ok(OperationOutput::of(request.operation, json!({"tags": Value::Array(found)})))
}

fn change(
    request: &CheckedRequest,
    kinds: &[&dyn Tagged],
    mut change: impl FnMut(&mut BTreeMap<String, String>),
) -> Result<(), ServiceError> {
    let arn = request.input.at("resourceARN").as_str().unwrap_or_default();
    kinds.iter().find_map(|kind| kind.change_tags(arn, &mut change)).ok_or_else(|| {
        let message = format!("Could not find the resource {arn}.");
        request.error("ResourceNotFoundException", message)
    })
}
