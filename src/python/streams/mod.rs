//! Event streams of responses.

use pyo3::prelude::*;
use pyo3::types::PyDict;

pub mod asynchronous;
pub mod events;
pub mod synchronous;

/// A module of another package, if the program has loaded it.
fn loaded_module<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let modules = py.import("sys")?.getattr("modules")?;
    modules.cast::<PyDict>()?.get_item(name)
}
