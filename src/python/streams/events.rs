//! The dicts that iterating over a stream yields.

use aws_smithy_types::event_stream::{HeaderValue, Message};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::codec::{self, MemberNames, Scalars};
use crate::error::Error;
use crate::error::Kind;
use crate::event_stream::ordinary_event::OrdinaryEvent;
use crate::model::{Member, Operation, Service, Shape, Structure};
use crate::python::interpreter::imported::Imported;
use crate::python::interpreter::python_calls;
use crate::python::{errors, slow_path};

/// The event, if the fast path can decode it: a modelled event with well-formed JSON.
pub fn fast<'py>(
    py: Python<'py>,
    service: &'static Service,
    operation: &'static Operation,
    OrdinaryEvent { event_type, json }: OrdinaryEvent<'_>,
) -> Option<Bound<'py, PyDict>> {
    let (member, structure) = modelled(operation, event_type)?;
    let names = MemberNames::of(py, service);
    let body = PyDict::new(py);
    codec::structure(py, names, structure, Scalars::AsSent, json, &body).ok()?;
    let event = PyDict::new(py);
    event.set_item(names.name(py, member), body).ok()?;
    Some(event)
}

/// The member of the stream that is an event of this type, and its structure. `None` for an event
/// that the fast path does not know.
fn modelled(
    operation: &Operation,
    event_type: &[u8],
) -> Option<(&'static Member, &'static Structure)> {
    let mut events = operation.output.event_stream()?.members().iter();
    let member = events.find(|member| member.name.as_bytes() == event_type)?;
    match member.shape {
        Shape::Structure(structure) if structure.error.is_none() && structure.is_json_alone() => {
            Some((member, structure))
        }
        _ => None,
    }
}

/// The first frame as botocore's initial response. Raises NoInitialResponseError for another frame.
pub fn initial_response(py: Python<'_>, frame: Option<Message>) -> PyResult<Bound<'_, PyAny>> {
    static RESPONSE: Imported = Imported::new("fastbedrock._slow.events", "InitialResponse");
    match frame.filter(is_initial_response) {
        Some(frame) => {
            let arguments =
                (slow_path::frame_headers(py, &frame)?, PyBytes::new(py, frame.payload()));
            python_calls::call_function(py, &RESPONSE, arguments)
        }
        None => {
            let message = "First event was not of the initial-response type".to_owned();
            let class = "NoInitialResponseError";
            Err(errors::exception(py, &Error::new(Kind::InvalidFrame { class, message })))
        }
    }
}

fn is_initial_response(frame: &Message) -> bool {
    frame.headers().iter().any(|header| {
        header.name().as_str() == ":event-type"
            && matches!(header.value(), HeaderValue::String(text) if text.as_str() == "initial-response")
    })
}
