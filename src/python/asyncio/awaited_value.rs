//! What coroutines and green threads wait for.

use std::sync::Arc;
use std::task::Poll;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::waiting_slot::WaitingSlot;

/// A future that is polled on Python's threads, with the GIL.
pub trait AwaitedValue: Send + Sync {
    /// The value, if it is available now. Does not start the work, and leads to no wake-up.
    fn poll_now(&mut self, _py: Python<'_>) -> Poll<PyResult<Py<PyAny>>> {
        Poll::Pending
    }

    /// The value. After `Pending`, the slot is woken when it is time to poll again.
    fn poll(&mut self, py: Python<'_>, slot: &Arc<WaitingSlot>) -> Poll<PyResult<Py<PyAny>>>;

    /// Called if an exception is thrown into the coroutine, usually because its task was cancelled.
    fn cancelled(&mut self) {}

    /// Shows the garbage collector the Python objects in the value.
    fn visit(&self, _visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        Ok(())
    }
}

/// A value that is available from the beginning.
pub struct Available(Option<Py<PyAny>>);

impl Available {
    pub fn new(value: Py<PyAny>) -> Self {
        Available(Some(value))
    }
}

impl AwaitedValue for Available {
    fn poll_now(&mut self, py: Python<'_>) -> Poll<PyResult<Py<PyAny>>> {
        Poll::Ready(Ok(self.0.take().unwrap_or_else(|| py.None())))
    }

    fn poll(&mut self, py: Python<'_>, _slot: &Arc<WaitingSlot>) -> Poll<PyResult<Py<PyAny>>> {
        self.poll_now(py)
    }

    fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}
