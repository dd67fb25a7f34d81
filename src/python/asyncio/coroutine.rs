//! A Python coroutine around a value in Rust, for asyncio and everything that speaks its protocol.

use std::sync::Arc;
use std::task::Poll;

use pyo3::PyTypeInfo;
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration, PyStopIteration};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::awaited_value::AwaitedValue;
use super::future::WakeUpFuture;
use super::running_loop::running_loop;
use super::waiting_slot::WaitingSlot;
use crate::python::{errors, logging};

/// A coroutine that waits for a value in Rust. Cancelling, closing or dropping it drops the value,
/// which aborts the request behind it.
///
/// The coroutine of an iteration's `__anext__` is different. The same object serves all events,
/// which saves one allocation per event. A cancelled wait takes no event, and the iteration can
/// continue.
#[pyclass(module = "fastbedrock._core", weakref)]
pub struct Coroutine {
    /// `None` once there is nothing left to wait for.
    value: Option<Box<dyn AwaitedValue>>,
    /// Made when the coroutine first has to wait, and kept for later waits in the same loop.
    slot: Option<Arc<WaitingSlot>>,
    /// Whether the coroutine can be awaited again, for the next value.
    is_anext: bool,
}

/// What `__next__` does after a poll.
enum Step {
    /// Yield this object, which a task treats as a Future.
    Yield(Py<PyAny>),
    Return(Py<PyAny>),
}

impl Coroutine {
    pub fn new(value: impl AwaitedValue + 'static) -> Self {
        Coroutine { value: Some(Box::new(value)), slot: None, is_anext: false }
    }

    /// The coroutine of `__anext__`, which is awaited for each event until an exception ends the
    /// iteration.
    pub fn anext(value: impl AwaitedValue + 'static) -> Self {
        Coroutine { value: Some(Box::new(value)), slot: None, is_anext: true }
    }

    fn step(&mut self, py: Python<'_>) -> PyResult<Step> {
        let Some(value) = &mut self.value else { return Err(ended(self.is_anext)) };
        // A value that is available costs neither a future nor an iteration of the loop.
        let polled = match &self.slot {
            None => value.poll_now(py),
            Some(slot) => value.poll(py, slot),
        };
        if let Poll::Ready(outcome) = polled {
            return outcome.map(Step::Return);
        }
        let (queue, event_loop) = running_loop(py)?;
        let slot = match &self.slot {
            Some(slot) if slot.belongs_to(&queue) => slot,
            Some(slot) if slot.is_occupied() => {
                let text = "this coroutine was first awaited in another event loop";
                return Err(PyRuntimeError::new_err(text));
            }
            _ => {
                let slot = self.slot.insert(WaitingSlot::new(queue));
                if let Poll::Ready(outcome) = value.poll(py, slot) {
                    return outcome.map(Step::Return);
                }
                slot
            }
        };
        let future = Bound::new(py, WakeUpFuture::new(event_loop.unbind()))?;
        // No race with a wake-up since the poll: this thread's loop delivers wake-ups, after we
        // return.
        slot.occupy(future.clone().unbind());
        Ok(Step::Yield(future.into_any().unbind()))
    }

    /// Ends the wait: a later wake-up does nothing.
    fn vacate(&self) {
        if let Some(slot) = &self.slot {
            slot.vacate();
        }
    }
}

fn ended(is_anext: bool) -> PyErr {
    if is_anext {
        PyStopAsyncIteration::new_err(())
    } else {
        PyRuntimeError::new_err("cannot reuse already awaited coroutine")
    }
}

/// The exception by which a coroutine returns a value. It is made here: if PyO3 makes it when it is
/// raised, that takes 200 more instructions.
fn stop_iteration(py: Python<'_>, value: Py<PyAny>) -> PyErr {
    // The class is written in C, and runs no Python code.
    #[allow(clippy::disallowed_methods)]
    let exception = PyStopIteration::type_object(py).call1((value,));
    exception.map_or_else(|error| error, PyErr::from_value)
}

#[pymethods]
impl Coroutine {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if self.slot.as_ref().is_some_and(|slot| slot.is_waiting()) {
            return Err(PyRuntimeError::new_err(if self.is_anext {
                "another coroutine is already waiting for this stream or body"
            } else {
                "coroutine is being awaited already"
            }));
        }
        match errors::guarded(py, || self.step(py)) {
            Ok(Step::Yield(future)) => Ok(future),
            Ok(Step::Return(value)) => {
                self.vacate();
                if !self.is_anext {
                    self.value = None;
                }
                Err(stop_iteration(py, value))
            }
            Err(error) => {
                self.vacate();
                self.value = None;
                logging::flush(py)?;
                Err(error)
            }
        }
    }

    fn send(&mut self, py: Python<'_>, value: Py<PyAny>) -> PyResult<Py<PyAny>> {
        drop(value);
        self.__next__(py)
    }

    /// Cancel the wait. The value is dropped before the caller sees the exception.
    #[pyo3(signature = (exception, value=None, traceback=None))]
    fn throw(
        &mut self,
        py: Python<'_>,
        exception: Bound<'_, PyAny>,
        value: Option<Bound<'_, PyAny>>,
        traceback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        if let Some(value) = &mut self.value {
            value.cancelled();
        }
        self.close();
        let error = match value {
            Some(value) if !value.is_none() => PyErr::from_value(value),
            _ => PyErr::from_value(exception),
        };
        if let Some(traceback) = traceback.and_then(|traceback| traceback.cast_into().ok()) {
            error.set_traceback(py, Some(traceback));
        }
        logging::flush(py)?;
        Err(error)
    }

    fn close(&mut self) {
        self.vacate();
        if !self.is_anext {
            self.value = None;
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.slot.as_ref().map_or(Ok(()), |slot| slot.visit(&visit))?;
        self.value.as_ref().map_or(Ok(()), |value| value.visit(&visit))
    }

    fn __clear__(&mut self) {
        self.close();
    }
}

impl Drop for Coroutine {
    fn drop(&mut self) {
        self.vacate();
    }
}
