//! One call of Python code by Rust, which the end of the interpreter may interrupt.
//!
//! Up to CPython 3.13, a daemon thread that asks for the GIL after the interpreter has begun to
//! finalize is ended by `pthread_exit`, which unwinds its stack, and the process aborts at the
//! first Rust frame. Python code asks for the GIL again and again. A thread that called it here waits
//! forever instead, as every thread does from CPython 3.14 on, and as PyO3 lets a thread wait when it
//! returns from `Python::detach`.

use std::hint::black_box;
use std::mem;
use std::ptr;
use std::sync::OnceLock;
use std::thread::{self, ThreadId};
use std::time::Duration;

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// The thread that runs the exit hook, and finalizes the interpreter. Unset until then.
static EXIT_THREAD: OnceLock<ThreadId> = OnceLock::new();

/// How long a call waits first if the process is exiting. Most often the interpreter ends the thread
/// in this time, before it can report that its requests have been aborted. If other exit hooks still
/// run, they may wait for this thread, so it then makes the call.
const EXIT_DELAY: Duration = Duration::from_millis(100);

/// Call this when the interpreter exits: it delays the calls of other threads.
pub fn exit() {
    EXIT_THREAD.get_or_init(|| thread::current().id());
}

/// Calls an object. Differs from PyO3's `call` if the interpreter ends the thread meanwhile.
#[allow(unsafe_code)]
pub fn call<'py>(
    callable: &Bound<'py, PyAny>,
    arguments: &Bound<'py, PyTuple>,
    keywords: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = callable.py();
    if EXIT_THREAD.get().is_some_and(|exit_thread| *exit_thread != thread::current().id()) {
        py.detach(|| thread::sleep(EXIT_DELAY));
    }
    let keywords = keywords.map_or(ptr::null_mut(), Bound::as_ptr);
    let function: MayNotUnwind = ffi::PyObject_Call;
    // SAFETY: the types differ in this alone: that the caller expects an unwinding. PyO3 declares
    // the function without. `black_box` hides from the compiler which function it is, and so that
    // declaration.
    let function = black_box(unsafe { mem::transmute::<MayNotUnwind, MayUnwind>(function) });
    let wait_forever = WaitForever;
    // SAFETY: the thread holds the GIL, and the pointers are those of a living object, tuple and
    // dict, or null for no dict. An unwinding that is not Rust's own does not leave this function.
    let result = unsafe { function(callable.as_ptr(), arguments.as_ptr(), keywords) };
    mem::forget(wait_forever);
    // SAFETY: the result is a new reference, or null if an exception was raised.
    unsafe { Bound::from_owned_ptr_or_err(py, result) }
}

type MayNotUnwind =
    unsafe extern "C" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject;
type MayUnwind =
    unsafe extern "C-unwind" fn(*mut PyObject, *mut PyObject, *mut PyObject) -> *mut PyObject;

/// Dropped by nothing but the unwinding of a thread that the interpreter ends: it stops there.
struct WaitForever;

impl Drop for WaitForever {
    fn drop(&mut self) {
        loop {
            thread::park();
        }
    }
}
