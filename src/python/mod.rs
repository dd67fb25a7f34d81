//! What Python sees: the classes and functions of the extension module, and the exceptions. AWS's
//! rules are in other folders.

mod async_call;
mod asyncio;
mod background_call;
mod bodies;
mod classes;
mod credentials;
mod engine;
mod environment;
mod errors;
mod fast_path;
mod hooks;
mod interpreter;
#[cfg(feature = "local")]
mod local;
mod logging;
mod models;
mod options;
mod pending;
mod prepared;
mod response;
mod signals;
mod slow_path;
mod streams;
mod sync_call;

use pyo3::prelude::*;

/// The extension module `fastbedrock._core`.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::classes::class_named;
    #[pymodule_export]
    use super::credentials::session::{SessionCredentials, available_profiles, configured_region};
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::environment::Environment;
    #[pymodule_export]
    use super::fast_path::{fast_event, fast_request, fast_response, response_metadata};
    #[pymodule_export]
    use super::hooks::signing::sign_v4;
    #[pymodule_export]
    use super::interpreter::gil::runtime_attaches;
    #[pymodule_export]
    use super::interpreter::lifecycle::{before_fork, forked, shutdown};
    #[pymodule_export]
    use super::models::{
        client_class_name, load_model, method_name, model_json, outline, service_name_letters,
        service_names,
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::interpreter::lifecycle::refuse_another_interpreter(module.py())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("DECODE_ELSEWHERE", super::async_call::DECODE_ELSEWHERE)?;
        super::interpreter::lifecycle::register_hooks(module)
    }
}

/// Lets Rust tests import the Python package with the code under test as `fastbedrock._core`,
/// instead of the last build.
#[cfg(test)]
pub fn make_importable(py: Python<'_>) -> PyResult<()> {
    let core = pyo3::wrap_pymodule!(_core)(py);
    py.import("sys")?.getattr("modules")?.set_item("fastbedrock._core", core)
}
