//! `credentials=`: a botocore credentials object, or a callable that returns credentials; and the
//! bearer token of a botocore session.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::errors;
use crate::transport::Error;
use crate::transport::auth::Auth;
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

    /// A bearer token in place of keys: what a botocore session's `get_auth_token` returns.
    #[staticmethod]
    fn of_token(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        token(given).map(GivenIdentity)
    }
}

/// A Python object that is asked for the identity before each call.
pub enum External {
    /// `credentials=`.
    Keys(Py<PyAny>),
    /// `get_auth_token` of a botocore session.
    Token(Py<PyAny>),
}

impl External {
    /// The one among the engine's options that `auth` wants.
    pub fn of(auth: &Auth, options: &Bound<'_, PyDict>) -> PyResult<Option<Self>> {
        let option = |name: &str| -> PyResult<Option<Py<PyAny>>> {
            Ok(options.get_item(name)?.filter(|source| !source.is_none()).map(Bound::unbind))
        };
        Ok(match auth {
            Auth::External => option("credentials")?.map(External::Keys),
            Auth::ExternalBearer => option("auth_token")?.map(External::Token),
            _ => None,
        })
    }

    /// Asks on the calling thread.
    pub fn ask(&self, py: Python<'_>) -> PyResult<Identity> {
        match self {
            External::Keys(source) => ask(source.bind(py)),
            External::Token(source) => token(&source.bind(py).call0()?),
        }
    }

    pub fn source(&self) -> &Py<PyAny> {
        match self {
            External::Keys(source) | External::Token(source) => source,
        }
    }
}

fn token(given: &Bound<'_, PyAny>) -> PyResult<Identity> {
    if given.is_none() {
        return Err(errors::exception(given.py(), &Error::new(Kind::NoAuthToken)));
    }
    let frozen = if given.hasattr("get_frozen_token")? {
        given.call_method0("get_frozen_token")?
    } else {
        given.clone()
    };
    Ok(Identity::bearer(frozen.getattr("token")?.extract()?))
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
    let account_id: Option<String> = match frozen.getattr_opt("account_id")? {
        Some(account_id) => account_id.extract()?,
        None => None,
    };
    let identity = Identity::new(access_key, secret_key, token, None, "explicit");
    Ok(Some(identity.with_account_id(account_id.as_deref())))
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
    dict.set_item("account_id", identity.account_id())?;
    Ok(dict)
}
