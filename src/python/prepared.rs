//! The first step of a call: its parameters become a prepared call. Nothing is sent.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::slow_path;
use crate::call::prepared::PreparedCall;
use crate::codec::{self, Encoded};
use crate::http::request_body::RequestBody;
use crate::model::{Operation, Service};

/// A call whose parameters have been encoded. It can be made once.
#[pyclass(module = "fastbedrock._core", name = "PreparedCall", frozen)]
pub struct Prepared(Mutex<Option<PreparedCall>>);

impl Prepared {
    pub fn new(call: PreparedCall) -> Self {
        Prepared(Mutex::new(Some(call)))
    }

    pub fn take(&self) -> PyResult<PreparedCall> {
        let call = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        call.ok_or_else(|| PyRuntimeError::new_err("a prepared call can be made once only"))
    }
}

/// Prepares a call on the fast path, or on the slow path, which also raises botocore's report.
pub fn prepare(
    service: &'static Service,
    operation: &'static Operation,
    params: &Bound<'_, PyDict>,
) -> PyResult<PreparedCall> {
    if let Ok(encoded) = codec::request(operation, params)
        && let Ok(headers) = headers(&encoded)
    {
        let Encoded { labels, query, body, .. } = encoded;
        let body = RequestBody::from(Bytes::from(body));
        return Ok(PreparedCall { operation, labels, query, headers, body });
    }
    let (labels, query, headers, body) = slow_path::prepare(service, operation, params)?;
    let index = |name: &str| operation.input.member(name).map(|(index, _)| index);
    let labels = labels.into_iter().filter_map(|(name, value)| Some((index(&name)?, value)));
    let headers = headers.into_iter().map(|(name, value)| header(&name, &value));
    Ok(PreparedCall {
        operation,
        labels: labels.collect(),
        query,
        headers: headers.collect::<PyResult<_>>()?,
        body: RequestBody::from(Bytes::from(body.unwrap_or_default())),
    })
}

fn headers(encoded: &Encoded) -> Result<Vec<(HeaderName, HeaderValue)>, http::Error> {
    let headers = encoded.headers.iter();
    headers.map(|(name, value)| Ok((HeaderName::try_from(*name)?, value.try_into()?))).collect()
}

/// A header as botocore sends it: text as UTF-8.
fn header(name: &str, value: &Bound<'_, PyAny>) -> PyResult<(HeaderName, HeaderValue)> {
    let value = match value.cast::<PyString>() {
        Ok(text) => HeaderValue::try_from(text.to_str()?),
        Err(_) => HeaderValue::from_bytes(value.cast::<PyBytes>()?.as_bytes()),
    };
    let invalid = || PyValueError::new_err(format!("the header {name} cannot hold this value"));
    Ok((HeaderName::try_from(name).map_err(|_| invalid())?, value.map_err(|_| invalid())?))
}
