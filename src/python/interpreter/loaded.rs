//! Modules that the program has loaded, without loading them.

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The module with this name, if it is loaded.
pub fn module<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let modules = py.import("sys")?.getattr("modules")?;
    modules.cast::<PyDict>()?.get_item(name)
}
