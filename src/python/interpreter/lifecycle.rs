//! What the core does when it is imported, when the process forks, and when the interpreter exits.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::IntoPyDict;

use super::{call, imported, python_calls};
use crate::runtime::{self, fork};

/// Registers functions of the extension module as hooks for forks and for the exit.
pub fn register_hooks(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let os = py.import("os")?;
    let register = pyo3::intern!(py, "register_at_fork");
    // Windows has no forks.
    if os.hasattr(register)? {
        let hooks = [
            ("before", module.getattr("before_fork")?),
            ("after_in_child", module.getattr("forked")?),
        ];
        python_calls::call_method(&os, register, (), Some(&hooks.into_py_dict(py)?))?;
    }
    // Registered first, so it runs last: other exit hooks may still make calls.
    let shutdown = module.getattr("shutdown")?;
    let atexit = py.import("atexit")?;
    let register = pyo3::intern!(py, "register");
    python_calls::call_method(&atexit, register, (shutdown,), None).map(drop)
}

/// The module keeps Python objects for the whole process. A second interpreter would find them, and
/// lose them when the first one ends. PyO3 checks this only in single-phase modules.
pub fn refuse_another_interpreter(py: Python<'_>) -> PyResult<()> {
    // Each interpreter has its own `sys`. Keeping a reference prevents another `sys` at its
    // address.
    static SYS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let sys = py.import("sys")?;
    if SYS.get_or_init(py, || sys.clone().unbind()).is(&sys) {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "fastbedrock works in one interpreter of a process, and another one has imported it",
    ))
}

/// Stops the runtime when the interpreter exits, even if calls are pending. The runtime starts
/// again if it is needed.
#[pyfunction]
pub fn shutdown() {
    // This comes before the runtime stops: the stop wakes the threads that wait for the runtime,
    // and they call Python code to raise the error.
    call::exit();
    runtime::shared::shutdown();
}

/// Prepares the core for a fork of this process.
#[pyfunction]
pub fn before_fork(py: Python<'_>) {
    imported::before_fork(py);
}

/// Tells the core that this process is a fork. Called in every forked child.
#[pyfunction]
pub fn forked() {
    fork::enter_child();
    imported::forked();
}
