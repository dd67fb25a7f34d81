//! The service models for Python: their names, their text, and loading models that this build
//! lacks.

use std::borrow::Cow;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::model::{self, File, Files, ModelError, Service};

/// The service that boto3 calls by this name.
pub fn service(name: &str) -> PyResult<&'static Service> {
    Service::find(name).map_err(exception)
}

fn exception(error: ModelError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Names of the services that this process has models of.
#[pyfunction]
pub fn service_names() -> Vec<&'static str> {
    model::service_names()
}

/// The JSON text of a file of a service model, under botocore's name for it (e.g. `service-2`);
/// None if the service has no such file.
#[pyfunction]
pub fn model_json(service_name: &str, file: &str) -> PyResult<Option<String>> {
    let unknown = || PyValueError::new_err(format!("a model has no file {file}"));
    let file = File::named(file).ok_or_else(unknown)?;
    service(service_name)?.text(file).map_err(exception)
}

/// boto3's name of a method or a waiter, e.g. `memory_created` for `MemoryCreated`.
#[pyfunction]
pub fn method_name(name: &str) -> String {
    model::method_name(name)
}

/// Adds the model of a service: JSON files, compressed by gzip or not.
///
/// It replaces an older model of that name for clients that are made later. `folder` is for error
/// messages.
#[pyfunction]
#[pyo3(signature = (service_name, folder, service, paginators=None, waiters=None))]
pub fn load_model(
    service_name: &str,
    folder: String,
    service: Vec<u8>,
    paginators: Option<Vec<u8>>,
    waiters: Option<Vec<u8>>,
) -> PyResult<()> {
    let files = Files {
        folder: folder.into(),
        service: service.into(),
        paginators: paginators.map(Cow::Owned),
        waiters: waiters.map(Cow::Owned),
    };
    Service::load(service_name, files).map_err(exception).map(drop)
}

/// The service id, the API version, and each operation in the model's order: its method name,
/// AWS's name, and whether it streams in both directions.
#[pyfunction]
pub fn outline(service_name: &str) -> PyResult<Outline> {
    let service = service(service_name)?;
    let operations = service.operations.iter();
    let operations = operations
        .map(|operation| (operation.method_name, operation.name, operation.is_bidirectional()))
        .collect();
    Ok((service.service_id, service.api_version, operations))
}

type Outline = (&'static str, &'static str, Vec<(&'static str, &'static str, bool)>);
