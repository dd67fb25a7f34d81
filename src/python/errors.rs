//! The one map from the transport's errors to Python's exceptions.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::model::{Operation, Service};
use crate::transport::Error;

/// The exception for the error: a class of `fastbedrock.exceptions`, named as botocore's.
pub fn exception(py: Python<'_>, error: &Error) -> PyErr {
    static BUILD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let build = || {
        let fields = PyDict::new(py);
        for (name, value) in error.fields() {
            fields.set_item(name, value)?;
        }
        BUILD.import(py, "fastbedrock.exceptions", "build")?.call1((error.class_name(), fields))
    };
    build().map_or_else(|failure| failure, PyErr::from_value)
}

/// The `ClientError` for a parsed error response.
pub fn client_error(service: &Service, operation: &Operation, parsed: Bound<'_, PyAny>) -> PyErr {
    static CLIENT_ERROR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = parsed.py();
    let build = || {
        CLIENT_ERROR.import(py, "fastbedrock.exceptions", "client_error")?.call1((
            parsed,
            operation.name,
            service.name,
        ))
    };
    build().map_or_else(|failure| failure, PyErr::from_value)
}
