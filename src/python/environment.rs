//! What a client finds outside of the program, read once before its class is chosen.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::errors::{exception, guarded};
use super::options;
use crate::environment;
use crate::environment::arguments::Arguments;

/// The environment variables and profiles for a client with these options.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct Environment {
    pub arguments: Arguments,
    pub environment: environment::Environment,
    /// The region, if one is configured.
    pub region_name: Option<String>,
}

#[pymethods]
impl Environment {
    #[new]
    pub fn new(py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        guarded(py, || {
            let arguments = options::arguments(options)?;
            let (environment, region_name) = environment::Environment::read_real(&arguments)
                .map_err(|error| exception(py, &error))?;
            Ok(Environment { arguments, environment, region_name })
        })
    }

    /// Nothing: for a client whose settings are all among its options.
    #[staticmethod]
    fn empty(py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        guarded(py, || {
            let arguments = options::arguments(options)?;
            let (environment, region_name) = environment::Environment::empty(&arguments)
                .map_err(|error| exception(py, &error))?;
            Ok(Environment { arguments, environment, region_name })
        })
    }

    /// Where to look for models of a service, or of all services: folders, separated as in PATH,
    /// the folder for models of the user's own, and the API version; each may be None. None if only
    /// the models of this build count.
    #[pyo3(signature = (service_name=None))]
    fn model_search(&self, py: Python<'_>, service_name: Option<&str>) -> PyResult<Option<Search>> {
        guarded(py, || {
            let search = self.environment.model_search(service_name);
            let search = search.map_err(|error| exception(py, &error))?;
            Ok(search.map(|search| (search.data_path, search.own_models, search.api_version)))
        })
    }
}

type Search = (Option<String>, Option<String>, Option<String>);
