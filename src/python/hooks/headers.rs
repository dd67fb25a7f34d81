//! Headers as Python passes and receives them.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::call::connections::unsendable;
use crate::call::response::header_text;
use crate::error::Error;
use crate::python::errors;

/// Names and values; a value is text, which is sent as UTF-8, or bytes.
pub type GivenHeaders<'py> = Vec<(String, Bound<'py, PyAny>)>;

/// Error: `HTTPClientError` for a header that HTTP cannot carry.
pub fn header_map(py: Python<'_>, given: &GivenHeaders<'_>) -> PyResult<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(given.len());
    for (name, value) in given {
        let invalid = |error: &dyn std::fmt::Display| -> PyErr {
            let error: Error = unsendable(&format!("the header {name:?}: {error}"));
            errors::exception(py, &error)
        };
        let bytes = match value.cast::<PyBytes>() {
            Ok(bytes) => bytes.as_bytes(),
            Err(_) => value.cast::<PyString>()?.to_str()?.as_bytes(),
        };
        let value = HeaderValue::from_bytes(bytes).map_err(|error| invalid(&error))?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| invalid(&error))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// The headers of a response. Repeated headers are joined.
pub fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let names = headers.keys().map(HeaderName::as_str);
    names.filter_map(|name| Some((name.to_owned(), header_text(headers, name)?))).collect()
}
