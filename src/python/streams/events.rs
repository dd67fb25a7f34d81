//! Conversion of a frame to the event that iterating over a stream yields.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::codec::{self, MemberNames, Scalars};
use crate::error::Error;
use crate::error::Kind;
use crate::event_stream::frames::Frame;
use crate::model::{Member, Operation, Service, Shape, Structure};
use crate::python::interpreter::imported::Imported;
use crate::python::interpreter::python_calls;
use crate::python::{errors, slow_path};

/// The event, or `None` if botocore skips the frame. Raises the exception of an error frame.
pub fn event<'py>(
    py: Python<'py>,
    service: &'static Service,
    operation: &'static Operation,
    frame: &Frame,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if frame.text(":message-type") == Some("event")
        && let Some(event_type) = frame.text(":event-type")
        && let Some(event) = fast(py, service, operation, event_type, frame.payload())
    {
        return Ok(Some(event.into_any()));
    }
    slow_path::event(py, service, operation, frame)
}

/// The event, if the fast path can decode it: a modelled event with a well-formed payload.
pub fn fast<'py>(
    py: Python<'py>,
    service: &'static Service,
    operation: &'static Operation,
    event_type: &str,
    payload: &[u8],
) -> Option<Bound<'py, PyDict>> {
    let (member, structure) = modelled(operation, event_type)?;
    let names = MemberNames::of(py, service);
    let body = PyDict::new(py);
    codec::structure(py, names, structure, Scalars::AsSent, payload, &body).ok()?;
    let event = PyDict::new(py);
    event.set_item(names.name(py, member), body).ok()?;
    Some(event)
}

/// The member of the stream that is an event of this type, and its structure. `None` for an event
/// that the fast path does not know.
fn modelled(
    operation: &Operation,
    event_type: &str,
) -> Option<(&'static Member, &'static Structure)> {
    let (_, member) = operation.output.event_stream()?.member(event_type)?;
    match member.shape {
        Shape::Structure(structure) if structure.error.is_none() && structure.is_json_alone() => {
            Some((member, structure))
        }
        _ => None,
    }
}

/// The first frame as botocore's initial response. Raises NoInitialResponseError for another frame.
pub fn initial_response(py: Python<'_>, frame: Option<Frame>) -> PyResult<Bound<'_, PyAny>> {
    static RESPONSE: Imported = Imported::new("fastbedrock._slow.events", "InitialResponse");
    match frame.filter(|frame| frame.text(":event-type") == Some("initial-response")) {
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
