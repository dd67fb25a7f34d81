//! The slow path's entry points (`fastbedrock._slow`), imported when first needed.

use aws_smithy_types::event_stream::{HeaderValue, Message};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict};

use super::interpreter::imported::Imported;
use super::interpreter::python_calls;
use crate::model::{Operation, Service};

/// What `prepare` returns: labels of the path by their members' names, query, headers, body.
pub type RequestParts<'py> = (
    Vec<(String, String)>,
    Vec<(String, String)>,
    Vec<(String, Bound<'py, PyAny>)>,
    Option<PyBackedBytes>,
);

/// Validates and serializes the parameters, or raises botocore's report.
pub fn prepare<'py>(
    service: &Service,
    operation: &Operation,
    params: &Bound<'py, PyDict>,
) -> PyResult<RequestParts<'py>> {
    static PREPARE: Imported = Imported::new("fastbedrock._slow.serialize", "prepare");
    let arguments = (service.key, operation.name, params);
    python_calls::call_function(params.py(), &PREPARE, arguments)?.extract()
}

/// The parsed response of a success. `metadata` is its ResponseMetadata.
pub fn success<'py>(
    service: &Service,
    operation: &Operation,
    metadata: Bound<'py, PyDict>,
    body: &[u8],
) -> PyResult<Bound<'py, PyDict>> {
    static SUCCESS: Imported = Imported::new("fastbedrock._slow.parse", "success");
    parsed(&SUCCESS, service, operation, metadata, body)
}

/// The parsed response of an error. `metadata` is its ResponseMetadata.
pub fn error<'py>(
    service: &Service,
    operation: &Operation,
    metadata: Bound<'py, PyDict>,
    body: &[u8],
) -> PyResult<Bound<'py, PyDict>> {
    static ERROR: Imported = Imported::new("fastbedrock._slow.parse", "error");
    parsed(&ERROR, service, operation, metadata, body)
}

fn parsed<'py>(
    function: &Imported,
    service: &Service,
    operation: &Operation,
    metadata: Bound<'py, PyDict>,
    body: &[u8],
) -> PyResult<Bound<'py, PyDict>> {
    let py = metadata.py();
    let arguments = (service.key, operation.name, metadata, PyBytes::new(py, body));
    Ok(python_calls::call_function(py, function, arguments)?.cast_into()?)
}

/// One event, or `None` if botocore skips it. Raises the exception of an error frame.
pub fn event<'py>(
    py: Python<'py>,
    service: &Service,
    operation: &Operation,
    frame: &Message,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    static EVENT: Imported = Imported::new("fastbedrock._slow.events", "event");
    let headers = frame_headers(py, frame)?;
    let arguments = (service.key, operation.name, headers, PyBytes::new(py, frame.payload()));
    let event = python_calls::call_function(py, &EVENT, arguments)?;
    Ok(Some(event).filter(|event| !event.is_none()))
}

/// A frame's headers as botocore gives them: timestamps in milliseconds, UUIDs as bytes.
pub fn frame_headers<'py>(py: Python<'py>, frame: &Message) -> PyResult<Bound<'py, PyDict>> {
    let headers = PyDict::new(py);
    for header in frame.headers() {
        let name = header.name().as_str();
        match header.value() {
            HeaderValue::Bool(value) => headers.set_item(name, value)?,
            HeaderValue::Byte(value) => headers.set_item(name, value)?,
            HeaderValue::Int16(value) => headers.set_item(name, value)?,
            HeaderValue::Int32(value) => headers.set_item(name, value)?,
            HeaderValue::Int64(value) => headers.set_item(name, value)?,
            HeaderValue::ByteArray(value) => headers.set_item(name, PyBytes::new(py, value))?,
            HeaderValue::String(value) => headers.set_item(name, value.as_str())?,
            HeaderValue::Timestamp(value) => {
                headers.set_item(name, value.to_millis().unwrap_or_default())?;
            }
            HeaderValue::Uuid(value) => {
                headers.set_item(name, PyBytes::new(py, &value.to_be_bytes()))?;
            }
            _ => {}
        }
    }
    Ok(headers)
}
