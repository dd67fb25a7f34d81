//! The Python faces: values in, values out, exceptions. AWS's rules are elsewhere.

mod async_bodies;
mod async_call;
mod awaitable;
mod crossing;
mod engine;
mod errors;
mod event_stream;
mod events;
mod gil;
mod identity;
mod imported;
#[cfg(feature = "local")]
mod local;
mod logging;
mod look_up;
mod mailbox;
mod options;
mod pending;
mod prepared;
mod raw_body;
mod response;
mod session;
mod signals;
mod slow;
mod tiers;
mod time_slice;
mod waiter;

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The extension module `fastbedrock._core`.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;
    use pyo3::types::IntoPyDict;

    #[pymodule_export]
    use super::async_bodies::{AsyncEventIterator, AsyncEventStream, AsyncRawBody, NextEvent};
    #[pymodule_export]
    use super::awaitable::Awaitable;
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::event_stream::{EventIterator, EventStream};
    #[pymodule_export]
    use super::identity::GivenIdentity;
    #[cfg(feature = "local")]
    #[pymodule_export]
    use super::local::LocalServer;
    #[pymodule_export]
    use super::mailbox::Mailbox;
    #[pymodule_export]
    use super::pending::Pending;
    #[pymodule_export]
    use super::prepared::Prepared;
    #[pymodule_export]
    use super::raw_body::RawBody;
    #[pymodule_export]
    use super::session::{SessionCredentials, available_profiles, configured_region};
    #[pymodule_export]
    use super::tiers::{fast_request, fast_response};
    #[pymodule_export]
    use super::{
        before_fork, forked, model_json, outline, runtime_attaches, service_names, shutdown,
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let py = module.py();
        super::refuse_another_interpreter(py)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        // Not on Windows, which has no forks.
        let os = py.import("os")?;
        let register = pyo3::intern!(py, "register_at_fork");
        if os.hasattr(register)? {
            let hooks = [
                ("before", module.getattr("before_fork")?),
                ("after_in_child", module.getattr("forked")?),
            ];
            let hooks = hooks.into_py_dict(py)?;
            super::crossing::call_method(&os, register, (), Some(&hooks))?;
        }
        // Registered first, so run last: whatever else runs at exit may still make calls.
        let shutdown = module.getattr("shutdown")?;
        let atexit = py.import("atexit")?;
        let register = pyo3::intern!(py, "register");
        super::crossing::call_method(&atexit, register, (shutdown,), None).map(drop)
    }
}

/// The module keeps Python objects for the whole process; another interpreter of it would find
/// them, and lose them with the first one's end. PyO3 only looks at this in single-phase modules.
fn refuse_another_interpreter(py: Python<'_>) -> PyResult<()> {
    // Each interpreter has a `sys` of its own. The reference keeps its address from being reused.
    static SYS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let sys = py.import("sys")?;
    if SYS.get_or_init(py, || sys.clone().unbind()).is(&sys) {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "fastbedrock works in one interpreter of a process, and another one has imported it",
    ))
}

/// Lets Rust tests import the Python package: `fastbedrock._core` is the code under test, not
/// what was built last.
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

/// Stops the runtime at interpreter exit, calls in flight or not. It starts again if needed. Waits
/// for threads that are in Python code which the core has called.
#[pyfunction]
fn shutdown(py: Python<'_>) {
    // Before the runtime stops: whoever waits for it would come into Python code to be told.
    crossing::exit(py);
    crate::runtime::shared::shutdown();
}

/// Gets the core ready for a fork of this process.
#[pyfunction]
fn before_fork(py: Python<'_>) {
    imported::before_fork(py);
}

/// Tells the core that this process is a fork. Called in every forked child.
#[pyfunction]
fn forked() {
    crate::runtime::fork::enter_child();
    crossing::forked();
    imported::forked();
}

/// How often a thread of the runtime took the GIL: never, says a test.
#[pyfunction]
fn runtime_attaches() -> u64 {
    gil::attaches_on_runtime()
}
