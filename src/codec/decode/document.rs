//! Documents and texts in JSON.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList, PyString};

use super::json::{Json, Kind, Number};
use super::pause::pause_if_due;
use crate::codec::fall_back::FallBack;

/// Any string.
pub fn text<'py>(py: Python<'py>, text: &[u8]) -> Result<Bound<'py, PyString>, FallBack> {
    PyString::from_bytes(py, text).map_err(|_| FallBack)
}

/// Any JSON value.
pub fn document<'py>(py: Python<'py>, json: &mut Json<'_>) -> Result<Bound<'py, PyAny>, FallBack> {
    match json.kind()? {
        Kind::Object => {
            let out = PyDict::new(py);
            json.object(|json, key| {
                pause_if_due(py);
                let value = document(py, json)?;
                out.set_item(text(py, &key)?, value).map_err(|_| FallBack)
            })?;
            Ok(out.into_any())
        }
        Kind::Array => {
            let out = PyList::empty(py);
            json.array(|json| {
                pause_if_due(py);
                out.append(document(py, json)?).map_err(|_| FallBack)
            })?;
            Ok(out.into_any())
        }
        Kind::String => text(py, &json.string()?).map(Bound::into_any),
        Kind::Number => match json.number()? {
            Number::Integer(value) => Ok(integer(py, value)),
            Number::Float(value) => Ok(PyFloat::new(py, value).into_any()),
        },
        kind @ (Kind::True | Kind::False) => boolean(py, json, kind == Kind::True),
        Kind::Null => json.literal("null").map(|()| py.None().into_bound(py)),
    }
}

/// The literal `true` or `false`, which comes next.
pub fn boolean<'py>(
    py: Python<'py>,
    json: &mut Json<'_>,
    value: bool,
) -> Result<Bound<'py, PyAny>, FallBack> {
    json.literal(if value { "true" } else { "false" })?;
    value.into_bound_py_any(py).map_err(|_| FallBack)
}

pub fn integer(py: Python<'_>, value: i128) -> Bound<'_, PyAny> {
    match i64::try_from(value) {
        Ok(value) => PyInt::new(py, value).into_any(),
        Err(_) => PyInt::new(py, value).into_any(),
    }
}
