//! A response that handlers of events have seen becomes the dict that the caller gets.

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::headers::{GivenHeaders, header_map};
use crate::call::response::{CallResponse, Payload, ResponseHead};
use crate::drive::background::Background;
use crate::drive::chunks::StreamingPayload;
use crate::http::body::Body;
use crate::model::{Operation, Service};
use crate::python::bodies::synchronous::RawBody;
use crate::python::streams::asynchronous::AsyncEventStream;
use crate::python::streams::synchronous::EventStream;
use crate::python::{errors, response, slow_path};

/// The dict of a response; of an error response, too. The body is bytes, or the stream of an operation
/// that streams. The metadata does not tell the number of attempts. `background` is that of an
/// asynchronous client.
pub fn parse<'py>(
    service: &'static Service,
    operation: &'static Operation,
    status: u16,
    headers: &GivenHeaders<'py>,
    body: &Bound<'py, PyAny>,
    background: Option<&Background>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = body.py();
    let head = ResponseHead {
        status,
        headers: header_map(py, headers)?,
        retry_attempts: 0,
        max_attempts_reached: false,
        retry_quota_reached: false,
    };
    let streams = operation.output.body().is_streamed();
    let dict = match body.cast::<PyBytes>() {
        Ok(bytes) if status >= 300 => {
            let metadata = response::metadata(py, operation.protocol, &head)?;
            slow_path::error(service, operation, metadata, bytes.as_bytes())?
        }
        Ok(bytes) if !streams => {
            let payload = Payload::Whole(Bytes::copy_from_slice(bytes.as_bytes()));
            let whole = CallResponse { head, payload };
            response::parse(py, service, operation, whole, |body: Bound<'py, PyAny>, _| Ok(body))?
        }
        _ => {
            let streaming = CallResponse { head, payload: Payload::Streaming(body.clone()) };
            response::parse(py, service, operation, streaming, |body, _| {
                if operation.output.event_stream().is_none() {
                    return Ok(body);
                }
                event_stream(service, operation, body, background)
            })?
        }
    };
    if let Some(metadata) = dict.get_item("ResponseMetadata")? {
        metadata.cast::<PyDict>()?.del_item("RetryAttempts")?;
    }
    Ok(dict)
}

/// The events in a body. Other objects than bodies are streams already.
fn event_stream<'py>(
    service: &'static Service,
    operation: &'static Operation,
    body: Bound<'py, PyAny>,
    background: Option<&Background>,
) -> PyResult<Bound<'py, PyAny>> {
    let of_bytes = |bytes: &[u8]| Body::of_bytes(Bytes::copy_from_slice(bytes));
    let py = body.py();
    if let (Some(background), Ok(bytes)) = (background, body.cast::<PyBytes>()) {
        let events = background.events_of(Bytes::copy_from_slice(bytes.as_bytes()));
        return match events.map_err(|error| errors::exception(py, &error))? {
            StreamingPayload::Frames(frames) => {
                let stream = AsyncEventStream::new(service, operation, frames);
                Ok(Bound::new(py, stream)?.into_any())
            }
            StreamingPayload::Bytes(_) => Ok(body),
        };
    }
    let body = if let Ok(raw) = body.cast::<RawBody>() {
        raw.get().take_body().unwrap_or_else(|| of_bytes(b""))
    } else if let Ok(bytes) = body.cast::<PyBytes>() {
        of_bytes(bytes.as_bytes())
    } else {
        return Ok(body);
    };
    Ok(Bound::new(py, EventStream::new(service, operation, body))?.into_any())
}
