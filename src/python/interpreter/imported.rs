//! Objects of Python modules that are imported when they are first needed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::call::call;

/// How many threads are importing something for the core.
static IMPORTS: AtomicUsize = AtomicUsize::new(0);

/// The longest time that a fork waits for imports, which take milliseconds.
const FORK_WAIT: Duration = Duration::from_millis(500);

/// One object of a module.
pub struct Imported {
    module: &'static str,
    name: &'static str,
    object: PyOnceLock<Py<PyAny>>,
}

impl Imported {
    pub const fn new(module: &'static str, name: &'static str) -> Self {
        Imported { module, name, object: PyOnceLock::new() }
    }

    /// The object. The first time, this imports the module, which reads files.
    pub fn get<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        if let Some(object) = self.object.get(py) {
            return Ok(object.bind(py));
        }
        // `get_or_init` gives up the GIL, too, while it holds a lock.
        let _import = Import::begin();
        let import = py.import("builtins")?.getattr("__import__")?;
        // Without a name to take from it, `__import__` returns the package around a module.
        let arguments = (self.module, py.None(), py.None(), (self.name,)).into_pyobject(py)?;
        let imported = call(&import, &arguments, None)?.getattr(self.name)?;
        // The import is not made within `get_or_init`, which blocks other threads until it has
        // ended: two threads would then block each other, if an import calls the core.
        Ok(self.object.get_or_init(py, || imported.unbind()).bind(py))
    }

    /// While the returned value lives, a fork waits, if the object is about to be imported. Functions
    /// import more modules when they are first called.
    pub fn first_use(&self, py: Python<'_>) -> Option<Import> {
        self.object.get(py).is_none().then(Import::begin)
    }
}

/// A module, if the program has loaded it.
pub fn loaded_module<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    static MODULES: Imported = Imported::new("sys", "modules");
    MODULES.get(py)?.cast::<PyDict>()?.get_item(name)
}

/// Counts one import until it is dropped.
pub struct Import;

impl Import {
    fn begin() -> Self {
        IMPORTS.fetch_add(1, Ordering::SeqCst);
        Import
    }
}

impl Drop for Import {
    fn drop(&mut self) {
        IMPORTS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Call this before a fork: it waits for imports on other threads. They hold the locks of their
/// modules, which would never be released in the child.
pub fn before_fork(py: Python<'_>) {
    let start = Instant::now();
    while IMPORTS.load(Ordering::SeqCst) > 0 && start.elapsed() < FORK_WAIT {
        py.detach(|| thread::sleep(Duration::from_millis(1)));
    }
}

/// Call this in a forked child, where the parent's other threads do not exist.
pub fn forked() {
    IMPORTS.store(0, Ordering::SeqCst);
}
