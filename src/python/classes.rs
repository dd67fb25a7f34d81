//! Classes of the module that few programs ask for by name.

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::asyncio::coroutine::Coroutine;
use super::asyncio::wake_up_receiver::WakeUpReceiver;
use super::bodies::asynchronous::AsyncRawBody;
use super::bodies::synchronous::RawBody;
use super::credentials::identity::GivenIdentity;
use super::hooks::attempts::CallAttempts;
#[cfg(feature = "local")]
use super::local::LocalServer;
use super::pending::Pending;
use super::prepared::Prepared;
use super::streams::asynchronous::{AsyncEventIterator, AsyncEventStream};
use super::streams::synchronous::{EventIterator, EventStream, RawEventStream};

/// Making all of them would be 3 % of the instructions of import and of a client's creation, so a
/// class is made when somebody asks for it, or when there is an object of it.
#[pyfunction]
#[pyo3(name = "__getattr__")]
pub fn class_named<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyType>> {
    Ok(match name {
        "AsyncEventIterator" => py.get_type::<AsyncEventIterator>(),
        "AsyncEventStream" => py.get_type::<AsyncEventStream>(),
        "AsyncRawBody" => py.get_type::<AsyncRawBody>(),
        "CallAttempts" => py.get_type::<CallAttempts>(),
        "Coroutine" => py.get_type::<Coroutine>(),
        "EventIterator" => py.get_type::<EventIterator>(),
        "EventStream" => py.get_type::<EventStream>(),
        "Identity" => py.get_type::<GivenIdentity>(),
        #[cfg(feature = "local")]
        "LocalServer" => py.get_type::<LocalServer>(),
        "Pending" => py.get_type::<Pending>(),
        "PreparedCall" => py.get_type::<Prepared>(),
        "RawBody" => py.get_type::<RawBody>(),
        "RawEventStream" => py.get_type::<RawEventStream>(),
        "WakeUpReceiver" => py.get_type::<WakeUpReceiver>(),
        _ => {
            let text = format!("module 'fastbedrock._core' has no attribute '{name}'");
            return Err(PyAttributeError::new_err(text));
        }
    })
}
