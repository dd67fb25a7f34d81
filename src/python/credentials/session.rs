//! What a session reads from the environment and the profiles without a client, and what its
//! clients share.

use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::credentials;
use crate::environment::{self, profile};
use crate::python::errors::{exception, guarded};

/// What the clients of one session share: the lookup of its credentials, their cache and refresh.
#[pyclass(module = "fastbedrock._core", frozen)]
#[derive(Default)]
pub struct SessionCredentials(pub credentials::SessionCredentials);

#[pymethods]
impl SessionCredentials {
    #[new]
    fn new() -> Self {
        SessionCredentials::default()
    }

    /// A pickle contains no credentials. An unpickled copy looks them up itself.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, ()) {
        (slf.get_type(), ())
    }
}

/// Names of the profiles in the shared AWS files, in botocore's order.
#[pyfunction]
pub fn available_profiles(py: Python<'_>) -> PyResult<Vec<String>> {
    guarded(py, || profile::available_profiles().map_err(|error| exception(py, &error)))
}

/// The region of a client that is made without one; None if no region is configured.
#[pyfunction]
#[pyo3(signature = (profile_name=None))]
pub fn configured_region(py: Python<'_>, profile_name: Option<&str>) -> PyResult<Option<String>> {
    guarded(py, || {
        environment::configured_region(profile_name).map_err(|error| exception(py, &error))
    })
}
