//! The service models for Python: their names, their text, and loading models that this build
//! lacks.

use std::borrow::Cow;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::errors::guarded;
use crate::model::{self, File, Files, ModelError, Service};

/// The service with the model that has this key.
pub fn service(key: &str) -> PyResult<&'static Service> {
    Service::find(key).map_err(exception)
}

fn exception(error: ModelError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Names of the services of this build.
#[pyfunction]
pub fn service_names() -> Vec<&'static str> {
    model::service_names()
}

/// The JSON text of a file of a service model, under botocore's name for it (e.g. `service-2`);
/// None if the service has no such file.
#[pyfunction]
pub fn model_json(key: &str, file: &str) -> PyResult<Option<String>> {
    let unknown = || PyValueError::new_err(format!("a model has no file {file}"));
    let file = File::named(file).ok_or_else(unknown)?;
    service(key)?.text(file).map_err(exception)
}

/// boto3's name of a method or a waiter, e.g. `memory_created` for `MemoryCreated`.
#[pyfunction]
pub fn method_name(name: &str) -> String {
    model::method_name(name)
}

/// botocore's name for the class of a service's clients, e.g. `BedrockRuntime`.
#[pyfunction]
pub fn client_class_name(service_id: &str) -> String {
    model::client_class_name(service_id)
}

/// The name of the service with that client class, without its dashes: `bedrockruntime`.
#[pyfunction]
pub fn service_name_letters(class_name: &str) -> String {
    model::service_name_letters(class_name)
}

/// Adds a model: JSON files, compressed by gzip or not. If there is a model with that key, nothing
/// changes.
///
/// The first line of the key is the name of the service. `origin` is for error messages.
#[pyfunction]
#[pyo3(signature = (key, origin, service, paginators=None, waiters=None))]
pub fn load_model(
    py: Python<'_>,
    key: &str,
    origin: String,
    service: Vec<u8>,
    paginators: Option<Vec<u8>>,
    waiters: Option<Vec<u8>>,
) -> PyResult<()> {
    let files = Files {
        origin: origin.into(),
        service: service.into(),
        paginators: paginators.map(Cow::Owned),
        waiters: waiters.map(Cow::Owned),
    };
    guarded(py, || Service::load(key, files).map_err(exception).map(drop))
}

/// The service id, the API version, and each operation in the model's order: its method name,
/// AWS's name, and whether it streams in both directions.
#[pyfunction]
pub fn outline(key: &str) -> PyResult<Outline> {
    let service = service(key)?;
    let operations = service.operations.iter();
    let operations = operations
        .map(|operation| (operation.method_name, operation.name, operation.is_bidirectional()))
        .collect();
    Ok((service.service_id, service.api_version, operations))
}

type Outline = (&'static str, &'static str, Vec<(&'static str, &'static str, bool)>);
