//! Calls of Python code by Rust. None of them may be running when the interpreter ends.
//!
//! Up to CPython 3.13, a daemon thread that asks for the GIL after the interpreter has begun to
//! finalize is ended by `pthread_exit`, which unwinds its stack. If there are Rust frames on the
//! stack, the process aborts. PyO3 parks a thread that returns from `Python::detach`, but Python
//! code asks for the GIL by itself. So the user's code hardly ever runs below a Rust frame:
//! `credentials=` and the tasks of a loop are called by Python. Calls of the package's own Python
//! code, and of handlers of `logging`, are counted here, and the exit hook waits until there are
//! none.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use pyo3::call::PyCallArgs;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::imported::Imported;

/// How many threads are in Python code that Rust called.
static CALLS: AtomicUsize = AtomicUsize::new(0);
/// Set by the exit hook for the rest of the process.
static EXITING: AtomicBool = AtomicBool::new(false);
/// The thread that runs the exit hook, and finalizes the interpreter.
static EXIT_THREAD: Mutex<Option<ThreadId>> = Mutex::new(None);

/// How long a call waits first if the process is exiting. After that time the interpreter has begun
/// to finalize, or other exit hooks still run. They may wait for this thread, so it then makes the
/// call.
const EXIT_DELAY: Duration = Duration::from_millis(100);

/// Counts one call until it is dropped.
struct PythonCall;

impl PythonCall {
    fn begin(py: Python<'_>) -> Self {
        CALLS.fetch_add(1, Ordering::SeqCst);
        let call = PythonCall;
        if !EXITING.load(Ordering::SeqCst) || is_exit_thread() {
            return call;
        }
        drop(call);
        // If the interpreter finalizes meanwhile, PyO3 parks the thread when it re-attaches.
        py.detach(|| thread::sleep(EXIT_DELAY));
        CALLS.fetch_add(1, Ordering::SeqCst);
        PythonCall
    }
}

impl Drop for PythonCall {
    fn drop(&mut self) {
        CALLS.fetch_sub(1, Ordering::SeqCst);
    }
}

fn is_exit_thread() -> bool {
    *EXIT_THREAD.lock().unwrap_or_else(PoisonError::into_inner) == Some(thread::current().id())
}

/// Call this when the interpreter exits: it waits for running calls, and delays later ones.
///
/// The calls take milliseconds, unless a handler of `logging` is slow. `logging.shutdown()` waits for
/// such a handler too, without a limit. Raises what a signal's handler raises, such as
/// KeyboardInterrupt.
pub fn exit(py: Python<'_>) -> PyResult<()> {
    *EXIT_THREAD.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
    EXITING.store(true, Ordering::SeqCst);
    while CALLS.load(Ordering::SeqCst) > 0 {
        py.check_signals()?;
        py.detach(|| thread::sleep(Duration::from_millis(1)));
    }
    Ok(())
}

/// Call this in a forked child, where the parent's other threads do not exist.
pub fn forked() {
    CALLS.store(0, Ordering::SeqCst);
}

/// Does work that may run Python code.
pub fn within<T>(py: Python<'_>, work: impl FnOnce() -> T) -> T {
    let _call = PythonCall::begin(py);
    work()
}

/// Does work that may run the user's Python code for long. Does nothing once the process is exiting,
/// except on the thread that exits.
pub fn within_unless_exiting<T>(work: impl FnOnce() -> T) -> Option<T> {
    CALLS.fetch_add(1, Ordering::SeqCst);
    let _call = PythonCall;
    (!EXITING.load(Ordering::SeqCst) || is_exit_thread()).then(work)
}

/// Calls a function of a Python module.
#[allow(clippy::disallowed_methods)]
pub fn call_function<'py>(
    py: Python<'py>,
    function: &Imported,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    within(py, || {
        let _import = function.first_use(py);
        function.get(py)?.call1(arguments)
    })
}

/// Calls a method.
#[allow(clippy::disallowed_methods)]
pub fn call_method<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    arguments: impl PyCallArgs<'py>,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    within(object.py(), || object.call_method(name, arguments, keywords))
}
