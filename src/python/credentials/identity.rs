//! The identity of a call or a client, as Python passes and receives it.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::credentials::Identity;

/// The access keys from `credentials=`, or the bearer token of a botocore session, for one call.
/// The `repr` does not show the secrets.
#[pyclass(module = "fastbedrock._core", name = "Identity", frozen)]
pub struct GivenIdentity(pub Identity);

#[pymethods]
impl GivenIdentity {
    #[new]
    #[pyo3(signature = (access_key, secret_key, token=None))]
    fn new(access_key: String, secret_key: String, token: Option<String>) -> Self {
        GivenIdentity(Identity::new(access_key, secret_key, token, None, "explicit"))
    }

    /// A bearer token instead of keys.
    #[staticmethod]
    fn bearer(token: String) -> Self {
        GivenIdentity(Identity::bearer(token))
    }
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
