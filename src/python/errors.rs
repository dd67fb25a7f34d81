//! The only place that makes Python exceptions from the core's errors.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::interpreter::imported::Imported;
use super::interpreter::python_calls;
use crate::error::Error;
use crate::model::{Operation, Service};
use crate::runtime::panics;

/// The exception for the error. Its class is in `fastbedrock.exceptions` and has botocore's name.
pub fn exception(py: Python<'_>, error: &Error) -> PyErr {
    static BUILD: Imported = Imported::new("fastbedrock.exceptions", "build");
    let build = || {
        let fields = PyDict::new(py);
        for (name, value) in error.fields() {
            fields.set_item(name, value)?;
        }
        python_calls::call_function(py, &BUILD, (error.class_name(), fields))
    };
    build().map_or_else(|failure| failure, PyErr::from_value)
}

/// Does the work of a method that Python has called. A panic becomes an ordinary exception, because
/// `except Exception` does not handle PyO3's `PanicException`.
pub fn guarded<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    panics::caught(work).unwrap_or_else(|error| Err(exception(py, &error)))
}

/// The `ClientError` for a parsed error response.
pub fn client_error(service: &Service, operation: &Operation, parsed: Bound<'_, PyAny>) -> PyErr {
    static CLIENT_ERROR: Imported = Imported::new("fastbedrock.errorfactory", "client_error");
    let py = parsed.py();
    let build = || {
        let arguments = (parsed, operation.name, service.key);
        python_calls::call_function(py, &CLIENT_ERROR, arguments)
    };
    build().map_or_else(|failure| failure, PyErr::from_value)
}

#[cfg(test)]
mod tests {
    use pyo3::exceptions::PyException;

    use super::*;

    #[test]
    fn a_panic_is_an_ordinary_exception() {
        Python::initialize();
        crate::python::interpreter::gil::try_attach(|py| {
            crate::python::make_importable(py).unwrap();
            let error = guarded(py, || -> PyResult<()> { panic!("on a caller's thread") });
            let error = error.unwrap_err();
            assert!(error.is_instance_of::<PyException>(py));
            assert!(error.to_string().contains("on a caller's thread"), "{error}");
            assert!(error.to_string().contains("bug"), "{error}");
        });
    }
}
