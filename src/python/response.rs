//! The last step of a call: its response becomes the dict that the caller gets, or the exception.

use std::borrow::Cow;

use http::header::{HeaderMap, HeaderName};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::{errors, slow_path};
use crate::call::response::{CallResponse, Payload, ResponseHead, header_text, latin_1};
use crate::codec::{self, MemberNames, Scalars};
use crate::model::{Location, Operation, Protocol, Service, Shape, Structure};

/// The dict of a successful response; a `ClientError` for any other. `wrap` makes the Python object
/// for a streaming body.
pub fn parse<'py, B>(
    py: Python<'py>,
    service: &'static Service,
    operation: &'static Operation,
    response: CallResponse<B>,
    wrap: impl FnOnce(B, Option<String>) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let CallResponse { head, payload } = response;
    match payload {
        Payload::Whole(body) if head.status >= 300 => {
            let metadata = metadata(py, operation.protocol, &head)?;
            let parsed = slow_path::error(service, operation, metadata, &body)?;
            Err(errors::client_error(service, operation, parsed.into_any()))
        }
        Payload::Whole(body) => {
            let metadata = metadata(py, operation.protocol, &head)?;
            match fast(service, operation, &head, &metadata, &body)? {
                Some(dict) => Ok(dict),
                None => slow_path::success(service, operation, metadata, &body),
            }
        }
        Payload::Streaming(body) => {
            let metadata = metadata(py, operation.protocol, &head)?;
            let names = MemberNames::of(py, service);
            let output = operation.output;
            let dict = match outside_body(names, output, &head, &metadata)? {
                Some(dict) => dict,
                None => slow_path::success(service, operation, metadata, b"")?,
            };
            if let Some(member) = output.body().member() {
                let body = wrap(body, header_text(&head.headers, "content-length"))?;
                dict.set_item(names.name(py, member), body)?;
            }
            Ok(dict)
        }
    }
}

/// The dict of a successful response that has been read whole. `None` if the fast path falls back.
pub fn fast<'py>(
    service: &'static Service,
    operation: &'static Operation,
    head: &ResponseHead,
    metadata: &Bound<'py, PyDict>,
    body: &[u8],
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let (py, output) = (metadata.py(), operation.output);
    let names = MemberNames::of(py, service);
    let (dict, scalars) = match operation.protocol {
        Protocol::RestJson => (outside_body(names, output, head, metadata)?, Scalars::Modelled),
        Protocol::Json => (Some(PyDict::new(py)), Scalars::AsSent),
    };
    let dict = dict.filter(|dict| codec::body(py, names, output, scalars, body, dict).is_ok());
    if let (Some(dict), Protocol::Json) = (&dict, operation.protocol) {
        // In this protocol, botocore's dicts end with the metadata.
        dict.set_item(intern!(py, "ResponseMetadata"), metadata)?;
    }
    Ok(dict)
}

/// The dict with the members in the head of a response. `None` if one of them is not simply text or
/// the status.
fn outside_body<'py>(
    names: &MemberNames,
    output: &Structure,
    head: &ResponseHead,
    metadata: &Bound<'py, PyDict>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = metadata.py();
    let dict = with_metadata(metadata)?;
    for member in output.members() {
        match (member.location, member.shape) {
            (Location::Body, _) => {}
            (Location::Header, Shape::String(_)) => {
                if let Some(value) = header_text(&head.headers, member.wire_name) {
                    dict.set_item(names.name(py, member), value)?;
                }
            }
            (Location::StatusCode, Shape::Integer(_)) => {
                dict.set_item(names.name(py, member), head.status)?;
            }
            _ => return Ok(None),
        }
    }
    Ok(Some(dict))
}

/// A dict that begins with the ResponseMetadata, as botocore's dicts do.
fn with_metadata<'py>(metadata: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    let py = metadata.py();
    let dict = PyDict::new(py);
    dict.set_item(intern!(py, "ResponseMetadata"), metadata)?;
    Ok(dict)
}

/// The name as a Python string, which exists already for the names in almost every response.
fn header_name<'py>(py: Python<'py>, name: &HeaderName) -> Bound<'py, PyString> {
    match name.as_str() {
        "date" => intern!(py, "date").clone(),
        "content-type" => intern!(py, "content-type").clone(),
        "content-length" => intern!(py, "content-length").clone(),
        "connection" => intern!(py, "connection").clone(),
        "transfer-encoding" => intern!(py, "transfer-encoding").clone(),
        "x-amzn-requestid" => intern!(py, "x-amzn-requestid").clone(),
        other => PyString::new(py, other),
    }
}

/// The headers, with names in lower case. Their values are those of [`header_text`].
fn http_headers<'py>(py: Python<'py>, given: &HeaderMap) -> PyResult<Bound<'py, PyDict>> {
    let headers = PyDict::new(py);
    let has_repeated = given.keys_len() < given.len();
    for (name, value) in given {
        let text = match has_repeated {
            true => header_text(given, name.as_str()).map(Cow::Owned),
            false => Some(latin_1(value.as_bytes())),
        };
        headers.set_item(header_name(py, name), text)?;
    }
    Ok(headers)
}

/// The ResponseMetadata.
pub fn metadata<'py>(
    py: Python<'py>,
    protocol: Protocol,
    head: &ResponseHead,
) -> PyResult<Bound<'py, PyDict>> {
    let metadata = PyDict::new(py);
    let headers = http_headers(py, &head.headers)?;
    if let Some(id) = headers.get_item(intern!(py, "x-amzn-requestid"))? {
        metadata.set_item(intern!(py, "RequestId"), id)?;
    } else if protocol == Protocol::RestJson
        && let Some(id) = headers.get_item(intern!(py, "x-amz-request-id"))?
    {
        metadata.set_item(intern!(py, "RequestId"), id)?;
        let host = headers.get_item(intern!(py, "x-amz-id-2"))?;
        let host = host.unwrap_or_else(|| intern!(py, "").clone().into_any());
        metadata.set_item(intern!(py, "HostId"), host)?;
    }
    metadata.set_item(intern!(py, "HTTPStatusCode"), head.status)?;
    metadata.set_item(intern!(py, "HTTPHeaders"), headers)?;
    if head.max_attempts_reached {
        metadata.set_item(intern!(py, "MaxAttemptsReached"), true)?;
    }
    if head.retry_quota_reached {
        metadata.set_item(intern!(py, "RetryQuotaReached"), true)?;
    }
    metadata.set_item(intern!(py, "RetryAttempts"), head.retry_attempts)?;
    Ok(metadata)
}
