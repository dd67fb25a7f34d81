//! Parts of a call alone, for tests that compare the fast path with the slow path.

use http::header::{HeaderName, HeaderValue};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::streams::events;
use super::{models, response};
use crate::call::response::ResponseHead;
use crate::codec::{self, Encoded};
use crate::event_stream::ordinary_event::OrdinaryEvent;
use crate::http::request_body::RequestBody;
use crate::model::{Operation, Protocol, Service};

type Texts = Vec<(&'static str, String)>;
type RequestParts<'py> = (Texts, Vec<(String, String)>, Texts, Bound<'py, PyBytes>);

/// The parts of a request: labels by their members' names, query, headers and body. None if the
/// fast path falls back.
#[pyfunction]
pub fn fast_request<'py>(
    service_name: &str,
    operation_name: &str,
    params: &Bound<'py, PyDict>,
) -> PyResult<Option<RequestParts<'py>>> {
    let (_, operation) = find(service_name, operation_name)?;
    let encoded = codec::request(operation, params).ok();
    Ok(encoded.map(|Encoded { labels, query, headers, body, blobs }| {
        let members = operation.input.members();
        let labels = labels
            .into_iter()
            .filter_map(|(index, value)| Some((members.get(index)?.name, value)))
            .collect();
        let body = RequestBody::with_blobs(body, blobs);
        (labels, query, headers, PyBytes::new(params.py(), body.bytes()))
    }))
}

/// The dict of a successful response, with its ResponseMetadata. None if the fast path falls back.
#[pyfunction]
pub fn fast_response<'py>(
    py: Python<'py>,
    service_name: &str,
    operation_name: &str,
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: &[u8],
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let (service, operation) = find(service_name, operation_name)?;
    let head = head(status, headers)?;
    let metadata = response::metadata(py, operation.protocol, &head)?;
    response::fast(service, operation, &head, &metadata, body)
}

/// The event of this type, from the payload of its frame. None if the fast path falls back.
#[pyfunction]
pub fn fast_event<'py>(
    py: Python<'py>,
    service_name: &str,
    operation_name: &str,
    event_type: &str,
    payload: &[u8],
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let (service, operation) = find(service_name, operation_name)?;
    let event = OrdinaryEvent { event_type: event_type.as_bytes(), json: payload };
    Ok(events::fast(py, service, operation, event))
}

/// The ResponseMetadata of a response with this status and these headers, in the protocol json or
/// in rest-json.
#[pyfunction]
pub fn response_metadata(
    py: Python<'_>,
    speaks_json: bool,
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
) -> PyResult<Bound<'_, PyDict>> {
    let protocol = if speaks_json { Protocol::Json } else { Protocol::RestJson };
    response::metadata(py, protocol, &head(status, headers)?)
}

fn head(status: u16, headers: Vec<(String, Vec<u8>)>) -> PyResult<ResponseHead> {
    let invalid = |error: http::Error| PyValueError::new_err(error.to_string());
    let headers = headers
        .into_iter()
        .map(|(name, value)| Ok((HeaderName::try_from(name)?, HeaderValue::from_bytes(&value)?)));
    Ok(ResponseHead {
        status,
        headers: headers.collect::<Result<_, http::Error>>().map_err(invalid)?,
        retry_attempts: 0,
        max_attempts_reached: false,
        retry_quota_reached: false,
    })
}

fn find(
    service_name: &str,
    operation_name: &str,
) -> PyResult<(&'static Service, &'static Operation)> {
    let service = models::service(service_name)?;
    let operation = service.operation(operation_name);
    let unknown = || PyValueError::new_err(format!("{service_name} has no {operation_name}"));
    Ok((service, operation.ok_or_else(unknown)?))
}
