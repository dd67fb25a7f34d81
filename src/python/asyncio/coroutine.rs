//! Rust futures as Python coroutines, for asyncio and whatever speaks its protocol.

use std::sync::Arc;
use std::task::Poll;

use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::future::Waiter;
use super::wake_ups::{Entry, of_running_loop};
use crate::python::{errors, logging};

/// Something to wait for, asked on a Python thread, with the GIL.
pub trait Work: Send + Sync {
    /// The value, where it is here already. Starts nothing.
    fn look(&mut self, _py: Python<'_>) -> Poll<PyResult<Py<PyAny>>> {
        Poll::Pending
    }

    /// The value, or `Pending` once the entry will be woken for it.
    fn poll(&mut self, py: Python<'_>, entry: &Arc<Entry>) -> Poll<PyResult<Py<PyAny>>>;

    /// For the garbage collector: the Python objects in it.
    fn visit(&self, _visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        Ok(())
    }
}

/// How one wait stands.
#[derive(Default)]
pub struct Wait {
    /// Present once there was something to wait for; kept for the next wait in the same loop.
    entry: Option<Arc<Entry>>,
}

/// What a coroutine's `__next__` does next.
pub enum Step {
    /// Yield this, a Future to a task.
    Wait(Py<PyAny>),
    /// Return this value.
    Done(Py<PyAny>),
}

impl Step {
    /// The step in the iterator protocol's words.
    pub fn into_next(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self {
            Step::Wait(future) => Ok(future),
            // Python need not make an exception of a value that cannot be mistaken for its arguments.
            Step::Done(value) if value.bind(py).is_exact_instance_of::<PyDict>() => {
                Err(PyStopIteration::new_err(value))
            }
            Step::Done(value) => Err(PyStopIteration::new_err((value,))),
        }
    }
}

impl Wait {
    /// The next step of the coroutine that waits. After an error, or once done, nothing waits.
    pub fn step(&mut self, py: Python<'_>, work: &mut dyn Work) -> PyResult<Step> {
        let step = errors::guarded(py, || self.try_step(py, work));
        if !matches!(step, Ok(Step::Wait(_))) {
            self.finish();
        }
        step
    }

    /// Ends the wait: nobody is woken any more.
    pub fn finish(&mut self) {
        if let Some(entry) = &self.entry {
            entry.forget();
        }
    }

    /// Whether a coroutine waits here that has not been woken.
    pub fn is_waiting(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.is_expected())
    }

    /// For the garbage collector: a waiter refers to the task that waits for it.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.entry.as_ref().map_or(Ok(()), |entry| entry.visit(visit))
    }

    fn try_step(&mut self, py: Python<'_>, work: &mut dyn Work) -> PyResult<Step> {
        // What is here already costs neither a waiter nor an iteration of the loop.
        let early = match &self.entry {
            None => work.look(py),
            Some(entry) => work.poll(py, entry),
        };
        if let Poll::Ready(outcome) = early {
            return outcome.map(Step::Done);
        }
        let (post, event_loop) = of_running_loop(py)?;
        let entry = match &self.entry {
            Some(entry) if entry.is_of(&post) => entry,
            Some(entry) if entry.is_occupied() => {
                let text = "this coroutine was first awaited in another event loop";
                return Err(PyRuntimeError::new_err(text));
            }
            _ => {
                let entry = self.entry.insert(Entry::new(post));
                if let Poll::Ready(outcome) = work.poll(py, entry) {
                    return outcome.map(Step::Done);
                }
                entry
            }
        };
        let waiter = Bound::new(py, Waiter::new(event_loop.unbind()))?;
        // In time: a wake-up since the poll is delivered by this thread's loop, later.
        entry.expect(waiter.clone().unbind());
        Ok(Step::Wait(waiter.into_any().unbind()))
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.finish();
    }
}

/// The exception that a coroutine's `throw` was given, in either of its forms.
pub fn thrown(
    exception: Bound<'_, PyAny>,
    value: Option<Bound<'_, PyAny>>,
    traceback: Option<Bound<'_, PyAny>>,
) -> PyErr {
    let error = match value {
        Some(value) if !value.is_none() => PyErr::from_value(value),
        _ => PyErr::from_value(exception),
    };
    if let Some(traceback) = traceback.and_then(|traceback| traceback.cast_into().ok()) {
        error.set_traceback(traceback.py(), Some(traceback));
    }
    error
}

/// A coroutine around a piece of work. Cancelling, closing or dropping it drops the work, which
/// aborts the request behind it.
#[pyclass(module = "fastbedrock._core", weakref)]
pub struct Awaitable {
    work: Option<Box<dyn Work>>,
    wait: Wait,
}

impl Awaitable {
    pub fn new(work: impl Work + 'static) -> Self {
        Awaitable { work: Some(Box::new(work)), wait: Wait::default() }
    }
}

#[pymethods]
impl Awaitable {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if self.wait.is_waiting() {
            return Err(PyRuntimeError::new_err("coroutine is being awaited already"));
        }
        let Some(work) = &mut self.work else {
            return Err(PyRuntimeError::new_err("cannot reuse already awaited coroutine"));
        };
        let step = self.wait.step(py, &mut **work);
        if !matches!(step, Ok(Step::Wait(_))) {
            self.work = None;
        }
        step?.into_next(py)
    }

    fn send(&mut self, py: Python<'_>, value: Py<PyAny>) -> PyResult<Py<PyAny>> {
        drop(value);
        self.__next__(py)
    }

    /// Cancellation: the work is dropped before the exception goes on to the caller.
    #[pyo3(signature = (exception, value=None, traceback=None))]
    fn throw(
        &mut self,
        py: Python<'_>,
        exception: Bound<'_, PyAny>,
        value: Option<Bound<'_, PyAny>>,
        traceback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.close();
        let thrown = thrown(exception, value, traceback);
        logging::flush(py)?;
        Err(thrown)
    }

    fn close(&mut self) {
        self.wait.finish();
        self.work = None;
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.wait.visit(&visit)?;
        self.work.as_ref().map_or(Ok(()), |work| work.visit(&visit))
    }

    fn __clear__(&mut self) {
        self.close();
    }
}
