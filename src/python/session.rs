//! What a session says of environment and profiles, before there is a client.

use pyo3::prelude::*;

use super::errors::{exception, guarded};
use crate::transport::{profile, scope};

/// Names of the profiles in the shared AWS files, in botocore's order.
#[pyfunction]
pub fn available_profiles(py: Python<'_>) -> PyResult<Vec<String>> {
    guarded(py, || profile::available_profiles().map_err(|error| exception(py, &error)))
}

/// The region of a client that names none; None where none is configured.
#[pyfunction]
#[pyo3(signature = (profile_name=None))]
pub fn configured_region(py: Python<'_>, profile_name: Option<&str>) -> PyResult<Option<String>> {
    guarded(py, || scope::configured_region(profile_name).map_err(|error| exception(py, &error)))
}
