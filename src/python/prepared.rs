//! The first step of a call: its parameters become a prepared call. Nothing is sent.

use std::sync::{Mutex, PoisonError};

use http::header::{HeaderName, HeaderValue};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::{errors, slow_path};
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

    /// What `read` finds in the call, which stays there.
    pub fn read<T>(&self, read: impl FnOnce(&PreparedCall) -> PyResult<T>) -> PyResult<T> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(call) => read(call),
            None => Err(made_already()),
        }
    }

    pub fn take(&self) -> PyResult<PreparedCall> {
        let call = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        call.ok_or_else(made_already)
    }
}

fn made_already() -> PyErr {
    PyRuntimeError::new_err("a prepared call can be made once only")
}

#[pymethods]
impl Prepared {
    /// The encoded body.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.read(|call| Ok(PyBytes::new(py, call.body.bytes())))
    }

    /// What a request is made of: method, path (escaped), query, headers and body. Names of headers
    /// are in lower case. The call cannot be made afterwards.
    fn parts<'py>(&self, py: Python<'py>) -> PyResult<Parts<'py>> {
        let call = self.take()?;
        let path = call.path("").map_err(|error| errors::exception(py, &error))?;
        let headers = call.headers.iter();
        let headers = headers.map(|(name, value)| match std::str::from_utf8(value.as_bytes()) {
            Ok(text) => (name.as_str().to_owned(), PyString::new(py, text).into_any()),
            Err(_) => (name.as_str().to_owned(), PyBytes::new(py, value.as_bytes()).into_any()),
        });
        let headers = headers.collect();
        let body = PyBytes::new(py, call.body.bytes());
        Ok((call.operation.http_method, path, call.query, headers, body))
    }
}

/// Method, path, query, headers and body.
type Parts<'py> = (
    &'static str,
    String,
    Vec<(String, String)>,
    Vec<(String, Bound<'py, PyAny>)>,
    Bound<'py, PyBytes>,
);

/// Prepares a call on the fast path, or on the slow path, which also raises botocore's report.
pub fn prepare(
    service: &'static Service,
    operation: &'static Operation,
    params: &Bound<'_, PyDict>,
) -> PyResult<PreparedCall> {
    if let Ok(encoded) = codec::request(operation, params)
        && let Ok(headers) = headers(&encoded)
    {
        let Encoded { labels, query, body, blobs, .. } = encoded;
        let body = RequestBody::with_blobs(body, blobs);
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
        body: RequestBody::from(body.map(codec::shared).unwrap_or_default()),
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
