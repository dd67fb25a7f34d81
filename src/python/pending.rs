//! Values whose consumer waits for a descriptor to become readable: for green threads, whose libraries
//! watch descriptors themselves (`fastbedrock._green`).

use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::asyncio::coroutine::Work;
use super::asyncio::time_slice;
use super::asyncio::wake_ups::Line;
use super::errors;

/// A call in flight, or the values of a body. Closing or dropping it drops the work: a call is aborted.
#[pyclass(module = "fastbedrock._core", weakref)]
pub struct Pending {
    work: Option<Box<dyn Work>>,
    /// Made when there was first something to wait for.
    line: Option<Line>,
}

impl Pending {
    pub fn new(work: impl Work + 'static) -> Self {
        Pending { work: Some(Box::new(work)), line: None }
    }

    fn next(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let Some(work) = &mut self.work else {
            return Err(PyRuntimeError::new_err("this was closed"));
        };
        let polled = match &self.line {
            None => work.look(py),
            Some(line) => {
                if line.take_wake_up()? {
                    time_slice::begin(1);
                }
                work.poll(py, line.entry())
            }
        };
        if polled.is_ready() || self.line.is_some() {
            return ready(polled);
        }
        let line = self.line.insert(Line::new()?);
        ready(work.poll(py, line.entry()))
    }
}

fn ready(polled: std::task::Poll<PyResult<Py<PyAny>>>) -> PyResult<Option<Py<PyAny>>> {
    match polled {
        std::task::Poll::Ready(outcome) => outcome.map(Some),
        std::task::Poll::Pending => Ok(None),
    }
}

#[pymethods]
impl Pending {
    /// The next value, or None where it is not here: then ask again once the descriptor is readable.
    ///
    /// Raises StopAsyncIteration at the end of a stream.
    fn poll(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        errors::guarded(py, || self.next(py))
    }

    /// The descriptor to wait for, once `poll` has returned None.
    fn fileno(&self) -> PyResult<i32> {
        let descriptor = self.line.as_ref().and_then(Line::descriptor);
        descriptor.ok_or_else(|| PyRuntimeError::new_err("there is nothing to wait for"))
    }

    fn close(&mut self) {
        self.work = None;
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.work.as_ref().map_or(Ok(()), |work| work.visit(&visit))
    }

    fn __clear__(&mut self) {
        self.close();
    }
}
