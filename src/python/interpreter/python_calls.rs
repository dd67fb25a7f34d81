//! Calls of Python code by Rust. clippy.toml forbids other ways: see `call.rs`.

use pyo3::BoundObject;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::call::call;
use super::imported::Imported;

/// Calls a function of a Python module.
pub fn call_function<'py>(
    py: Python<'py>,
    function: &Imported,
    arguments: impl IntoPyObject<'py, Target = PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let _import = function.first_use(py);
    call(function.get(py)?, &tuple(py, arguments)?, None)
}

/// Calls a method.
pub fn call_method<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    arguments: impl IntoPyObject<'py, Target = PyTuple>,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    call(&attribute(object, name)?, &tuple(object.py(), arguments)?, keywords)
}

/// An attribute, which a property may compute.
pub fn attribute<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    static GETATTR: Imported = Imported::new("builtins", "getattr");
    call_function(object.py(), &GETATTR, (object, name))
}

fn tuple<'py>(
    py: Python<'py>,
    arguments: impl IntoPyObject<'py, Target = PyTuple>,
) -> PyResult<Bound<'py, PyTuple>> {
    Ok(arguments.into_pyobject(py).map_err(Into::into)?.into_bound())
}
