//! The slow tier's entry points (`fastbedrock._wire`), imported when first needed.

use aws_smithy_types::event_stream::HeaderValue;
use http::HeaderMap;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::model::{Operation, Service};
use crate::transport::frames::Frame;

/// What `prepare` returns: path and query, headers, body.
pub type Prepared<'py> = (String, Vec<(String, Bound<'py, PyAny>)>, Option<Vec<u8>>);

/// Validates and serializes the parameters, or raises botocore's report.
pub fn prepare<'py>(
    service: &Service,
    operation: &Operation,
    params: &Bound<'py, PyDict>,
) -> PyResult<Prepared<'py>> {
    static PREPARE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    PREPARE
        .import(params.py(), "fastbedrock._wire.serialize", "prepare")?
        .call1((service.name, operation.name, params))?
        .extract()
}

/// The parsed response of a success.
pub fn success<'py>(
    py: Python<'py>,
    service: &Service,
    operation: &Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> PyResult<Bound<'py, PyDict>> {
    static SUCCESS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let parse = SUCCESS.import(py, "fastbedrock._wire.parse", "success")?;
    parsed(parse, service, operation, status, headers, body)
}

/// The parsed response of an error.
pub fn error<'py>(
    py: Python<'py>,
    service: &Service,
    operation: &Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> PyResult<Bound<'py, PyDict>> {
    static ERROR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let parse = ERROR.import(py, "fastbedrock._wire.parse", "error")?;
    parsed(parse, service, operation, status, headers, body)
}

fn parsed<'py>(
    parse: &Bound<'py, PyAny>,
    service: &Service,
    operation: &Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> PyResult<Bound<'py, PyDict>> {
    let py = parse.py();
    let headers = response_headers(py, headers)?;
    let parsed =
        parse.call1((service.name, operation.name, status, headers, PyBytes::new(py, body)))?;
    Ok(parsed.cast_into()?)
}

/// One event; `None` where botocore skips it. Raises what an error frame stands for.
pub fn event<'py>(
    py: Python<'py>,
    service: &Service,
    operation: &Operation,
    frame: &Frame,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    static EVENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let headers = frame_headers(py, frame)?;
    let event = EVENT.import(py, "fastbedrock._wire.events", "event")?.call1((
        service.name,
        operation.name,
        headers,
        PyBytes::new(py, frame.payload()),
    ))?;
    Ok(Some(event).filter(|event| !event.is_none()))
}

/// A frame's headers as botocore gives them: timestamps in milliseconds, UUIDs as bytes.
pub fn frame_headers<'py>(py: Python<'py>, frame: &Frame) -> PyResult<Bound<'py, PyDict>> {
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

/// Header names and values in order, repeats separate.
fn response_headers<'py>(py: Python<'py>, headers: &HeaderMap) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for (name, value) in headers {
        list.append((name.as_str(), latin_1(value.as_bytes())))?;
    }
    Ok(list)
}

/// Header bytes as text, each byte one character.
pub fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
