//! `credentials=`: a botocore credentials object, or a callable that returns credentials.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::errors;
use crate::transport::Error;
use crate::transport::credentials::Identity;
use crate::transport::error::Kind;

/// Keys that were asked for, to hand to `Engine.call_async`. Shows nothing of them.
#[pyclass(module = "fastbedrock._core", name = "Identity", frozen)]
pub struct GivenIdentity(pub Identity);

#[pymethods]
impl GivenIdentity {
    #[new]
    fn new(source: &Bound<'_, PyAny>) -> PyResult<Self> {
        ask(source).map(GivenIdentity)
    }
}

/// As [`find`]; `NoCredentialsError` where there are no keys.
pub fn ask(source: &Bound<'_, PyAny>) -> PyResult<Identity> {
    let none = || errors::exception(source.py(), &Error::new(Kind::NoCredentials));
    find(source)?.ok_or_else(none)
}

/// Asks the object on the calling thread, which is a Python thread and holds the GIL.
///
/// A callable returns a credentials object, a dict with boto3's argument names or botocore's
/// `access_key`, `secret_key`, `token`, or a tuple of the three; any of these is taken as well.
/// `None` where the callable returns None, as `get_credentials` of boto3's sessions does.
pub fn find(source: &Bound<'_, PyAny>) -> PyResult<Option<Identity>> {
    let is_credentials =
        source.hasattr("get_frozen_credentials")? || source.hasattr("access_key")?;
    let asked = source.is_callable() && !is_credentials;
    let given = if asked { source.call0()? } else { source.clone() };
    if given.is_none() {
        return Ok(None);
    }
    let frozen = if given.hasattr("get_frozen_credentials")? {
        given.call_method0("get_frozen_credentials")?
    } else {
        given
    };
    let (access_key, secret_key, token) = parts(&frozen)?;
    Ok(Some(Identity::new(access_key, secret_key, token, None, "explicit")))
}

type Parts = (String, String, Option<String>);

fn parts(value: &Bound<'_, PyAny>) -> PyResult<Parts> {
    if let Ok(mapping) = value.cast::<PyDict>() {
        let get = |names: [&str; 2]| -> PyResult<Option<Bound<'_, PyAny>>> {
            for name in names {
                if let Some(value) = mapping.get_item(name)? {
                    return Ok(Some(value));
                }
            }
            Ok(None)
        };
        let required = |names: [&str; 2]| -> PyResult<String> {
            let missing = || PyValueError::new_err(format!("credentials= gave no {}", names[0]));
            get(names)?.ok_or_else(missing)?.extract()
        };
        let token = get(["aws_session_token", "token"])?;
        return Ok((
            required(["aws_access_key_id", "access_key"])?,
            required(["aws_secret_access_key", "secret_key"])?,
            token.map(|token| token.extract::<Option<String>>()).transpose()?.flatten(),
        ));
    }
    if value.hasattr("access_key")? {
        return Ok((
            value.getattr("access_key")?.extract()?,
            value.getattr("secret_key")?.extract()?,
            value.getattr("token")?.extract()?,
        ));
    }
    value.extract().map_err(|_| {
        PyTypeError::new_err(format!(
            "credentials= must be or return a credentials object, a dict, or a tuple of access \
             key, secret key and token, not {}",
            value.get_type()
        ))
    })
}

/// The identity under botocore's names.
pub fn dict<'py>(py: Python<'py>, identity: &Identity) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("access_key", identity.access_key_id())?;
    dict.set_item("secret_key", identity.secret_access_key())?;
    dict.set_item("token", identity.session_token())?;
    dict.set_item("method", identity.method())?;
    Ok(dict)
}
