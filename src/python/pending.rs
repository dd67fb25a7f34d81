//! Values for consumers without an event loop, which wait until a descriptor becomes readable:
//! green threads (`fastbedrock._green`).

use std::task::Poll;

use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::asyncio::awaited_value::AwaitedValue;
use super::asyncio::pipe_wake_ups::PipeWakeUps;
use super::asyncio::time_slice;
use super::errors;

/// A pending call, or the values of a stream or body. Closing or dropping it drops the value, which
/// aborts a call.
#[pyclass(module = "fastbedrock._core", weakref)]
pub struct Pending {
    /// `None` once closed.
    value: Option<Box<dyn AwaitedValue>>,
    /// Made when the consumer first has to wait.
    wake_ups: Option<PipeWakeUps>,
}

impl Pending {
    pub fn new(value: impl AwaitedValue + 'static) -> Self {
        Pending { value: Some(Box::new(value)), wake_ups: None }
    }

    fn next(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let Some(value) = &mut self.value else {
            return Err(PyRuntimeError::new_err("the pending call or stream is closed"));
        };
        let polled = match &self.wake_ups {
            None => value.poll_now(py),
            Some(wake_ups) => {
                if wake_ups.take_wake_up()? {
                    time_slice::begin(1);
                }
                value.poll(py, wake_ups.slot())
            }
        };
        if polled.is_ready() || self.wake_ups.is_some() {
            return available(polled);
        }
        let wake_ups = self.wake_ups.insert(PipeWakeUps::new()?);
        available(value.poll(py, wake_ups.slot()))
    }
}

fn available(polled: Poll<PyResult<Py<PyAny>>>) -> PyResult<Option<Py<PyAny>>> {
    match polled {
        Poll::Ready(outcome) => outcome.map(Some),
        Poll::Pending => Ok(None),
    }
}

#[pymethods]
impl Pending {
    /// The next value, or None if none is available yet: call again once the descriptor is
    /// readable.
    ///
    /// Raises StopAsyncIteration at the end of a stream.
    fn poll(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        errors::guarded(py, || self.next(py))
    }

    /// The descriptor to wait for, once `poll` has returned None.
    fn fileno(&self) -> PyResult<i32> {
        let descriptor = self.wake_ups.as_ref().and_then(PipeWakeUps::descriptor);
        descriptor.ok_or_else(|| PyRuntimeError::new_err("there is nothing to wait for"))
    }

    fn close(&mut self) {
        self.value = None;
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.value.as_ref().map_or(Ok(()), |value| value.visit(&visit))
    }

    fn __clear__(&mut self) {
        self.close();
    }
}
