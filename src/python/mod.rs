//! What Python sees: the classes and functions of the extension module, and the exceptions. AWS's rules
//! are in other folders.

mod async_call;
mod asyncio;
mod bodies;
mod credentials;
mod engine;
mod errors;
mod interpreter;
#[cfg(feature = "local")]
mod local;
mod logging;
mod options;
mod pending;
mod prepared;
mod response;
mod signals;
mod slow;
mod streams;
mod tiers;

use pyo3::prelude::*;

/// The extension module `fastbedrock._core`.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::asyncio::coroutine::Coroutine;
    #[pymodule_export]
    use super::asyncio::wake_up_receiver::WakeUpReceiver;
    #[pymodule_export]
    use super::bodies::asynchronous::AsyncRawBody;
    #[pymodule_export]
    use super::bodies::synchronous::RawBody;
    #[pymodule_export]
    use super::credentials::identity::GivenIdentity;
    #[pymodule_export]
    use super::credentials::session::{SessionCredentials, available_profiles, configured_region};
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::interpreter::gil::runtime_attaches;
    #[pymodule_export]
    use super::interpreter::lifecycle::{before_fork, forked, shutdown};
    #[cfg(feature = "local")]
    #[pymodule_export]
    use super::local::LocalServer;
    #[pymodule_export]
    use super::pending::Pending;
    #[pymodule_export]
    use super::prepared::Prepared;
    #[pymodule_export]
    use super::streams::asynchronous::{AsyncEventIterator, AsyncEventStream};
    #[pymodule_export]
    use super::streams::synchronous::{EventIterator, EventStream};
    #[pymodule_export]
    use super::tiers::{fast_request, fast_response};
    #[pymodule_export]
    use super::{model_json, outline, service_names};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::interpreter::lifecycle::refuse_another_interpreter(module.py())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        super::interpreter::lifecycle::register_hooks(module)
    }
}

/// Lets Rust tests import the Python package, with the code under test as `fastbedrock._core`
/// instead of the last build.
#[cfg(test)]
pub fn make_importable(py: Python<'_>) -> PyResult<()> {
    let core = pyo3::wrap_pymodule!(_core)(py);
    py.import("sys")?.getattr("modules")?.set_item("fastbedrock._core", core)
}

/// Names of the services that this build has tables for.
#[pyfunction]
fn service_names() -> Vec<&'static str> {
    crate::model::SERVICES.iter().map(|service| service.name).collect()
}

/// The service model (`models/<service>.json`) as JSON text.
#[pyfunction]
fn model_json(service_name: &str) -> PyResult<&'static str> {
    engine::service(service_name).map(|service| service.json)
}

/// The service id, the API version, and each operation in the model's order: its method name,
/// AWS's name, and whether it streams in both directions.
#[pyfunction]
fn outline(service_name: &str) -> PyResult<Outline> {
    let service = engine::service(service_name)?;
    let operations = service.operations.iter();
    let operations = operations
        .map(|operation| (operation.method_name, operation.name, operation.bidirectional))
        .collect();
    Ok((service.service_id, service.api_version, operations))
}

type Outline = (&'static str, &'static str, Vec<(&'static str, &'static str, bool)>);
