//! Parts of a call alone, for tests that compare the fast path with the slow path.

use http::header::{HeaderName, HeaderValue};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::streams::events;
use super::{models, response};
use crate::call::response::ResponseHead;
use crate::codec::{self, Encoded, MemberNames, Scalars};
use crate::model::{Operation, Protocol, Service};

type Texts = Vec<(&'static str, String)>;
type RequestParts<'py> = (Texts, Texts, Texts, Bound<'py, PyBytes>);

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
    Ok(encoded.map(|Encoded { labels, headers, body }| {
        let members = operation.input.members();
        let labels = labels
            .into_iter()
            .filter_map(|(index, value)| Some((members.get(index)?.name, value)))
            .collect();
        // Calls with query parameters take the slow path.
        (labels, vec![], headers, PyBytes::new(params.py(), &body))
    }))
}

/// The members in the body of a successful response, or in the payload of an event. None if the
/// fast path falls back.
#[pyfunction]
#[pyo3(signature = (service_name, operation_name, body, event_type=None))]
pub fn fast_response<'py>(
    py: Python<'py>,
    service_name: &str,
    operation_name: &str,
    body: &[u8],
    event_type: Option<&str>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let (service, operation) = find(service_name, operation_name)?;
    let expected = match event_type {
        None => Some((operation.output, Scalars::in_responses(operation))),
        Some(name) => {
            events::modelled(operation, name).map(|(_, structure)| (structure, Scalars::AsSent))
        }
    };
    let Some((structure, scalars)) = expected.filter(|(structure, _)| structure.is_json_alone())
    else {
        return Ok(None);
    };
    let dict = PyDict::new(py);
    let decoded =
        codec::structure(py, MemberNames::of(py, service), structure, scalars, body, &dict);
    Ok(decoded.ok().map(|()| dict))
}

/// The ResponseMetadata of a response with this status and these headers, in rest-json or in the
/// protocol json.
#[pyfunction]
pub fn response_metadata(
    py: Python<'_>,
    speaks_json: bool,
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
) -> PyResult<Bound<'_, PyDict>> {
    let invalid = |error: http::Error| PyValueError::new_err(error.to_string());
    let headers = headers
        .into_iter()
        .map(|(name, value)| Ok((HeaderName::try_from(name)?, HeaderValue::from_bytes(&value)?)));
    let head = ResponseHead {
        status,
        headers: headers.collect::<Result<_, http::Error>>().map_err(invalid)?,
        retry_attempts: 0,
        max_attempts_reached: false,
        retry_quota_reached: false,
    };
    response::metadata(py, if speaks_json { Protocol::Json } else { Protocol::RestJson }, &head)
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
