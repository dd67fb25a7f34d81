//! The fast tier by itself, for the tests that hold it to the slow one.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::{engine, events};
use crate::codec::{self, Encoded, Keys, Scalars};
use crate::model::{Operation, Service};

type Texts = Vec<(&'static str, String)>;
type Prepared<'py> = (Texts, Texts, Texts, Bound<'py, PyBytes>);

/// Labels by their members' names, query, headers and body of a request; None where the fast tier gives up.
#[pyfunction]
pub fn fast_request<'py>(
    service_name: &str,
    operation_name: &str,
    params: &Bound<'py, PyDict>,
) -> PyResult<Option<Prepared<'py>>> {
    let (_, operation) = find(service_name, operation_name)?;
    let encoded = codec::request(operation, params).ok();
    Ok(encoded.map(|Encoded { labels, headers, body }| {
        let members = operation.input.members;
        let labels = labels
            .into_iter()
            .filter_map(|(index, value)| Some((members.get(index)?.name, value)))
            .collect();
        // A query is the slow tier's.
        (labels, vec![], headers, PyBytes::new(params.py(), &body))
    }))
}

/// The members in a success's body, or the event in a frame's; None where the fast tier gives up.
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
    let (structure, scalars) = match event_type {
        None => (operation.output, Scalars::Modelled),
        Some(name) => match events::modelled(operation, name) {
            Some((_, structure)) => (structure, Scalars::AsSent),
            None => return Ok(None),
        },
    };
    let dict = PyDict::new(py);
    let decoded = codec::structure(py, Keys::of(py, service), structure, scalars, body, &dict);
    Ok(decoded.ok().map(|()| dict))
}

fn find(
    service_name: &str,
    operation_name: &str,
) -> PyResult<(&'static Service, &'static Operation)> {
    let service = engine::service(service_name)?;
    let operation = service.operation(operation_name);
    let unknown = || PyValueError::new_err(format!("{service_name} has no {operation_name}"));
    Ok((service, operation.ok_or_else(unknown)?))
}
