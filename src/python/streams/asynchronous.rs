//! The event stream of an asynchronous call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use aws_smithy_types::event_stream::Message;
use pyo3::exceptions::{PyStopAsyncIteration, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use super::events;
use crate::drive::chunks::Chunks;
use crate::event_stream::frames::{Frame, Frames};
use crate::model::{Operation, Service};
use crate::python::asyncio::awaited_value::{Available, AwaitedValue};
use crate::python::asyncio::coroutine::Coroutine;
use crate::python::asyncio::single_consumer::{SingleConsumer, has_waited};
use crate::python::asyncio::waiting_slot::WaitingSlot;
use crate::python::errors;
use crate::python::interpreter::imported::loaded_module;
use crate::python::pending::Pending;
use crate::python::slow_path;

/// The events of an asynchronous ConverseStream or InvokeModelWithResponseStream call.
///
/// `async for` over it yields the events, each a dict with one key, the event's type. Iterating
/// again continues after the last event. Cancelling an `async for` while it waits aborts the
/// request; events that had arrived by then can still be read.
#[pyclass(module = "fastbedrock._core", frozen, weakref, dict)]
pub struct AsyncEventStream {
    shared: Arc<Shared>,
}

struct Shared {
    service: &'static Service,
    operation: &'static Operation,
    frames: SingleConsumer<Frames>,
}

impl AsyncEventStream {
    pub fn new(
        service: &'static Service,
        operation: &'static Operation,
        frames: Chunks<Frames>,
    ) -> Self {
        let frames = SingleConsumer::new(frames);
        AsyncEventStream { shared: Arc::new(Shared { service, operation, frames }) }
    }

    fn iteration(&self) -> Arc<Iteration> {
        Arc::new(Iteration { stream: self.shared.clone(), cancelled: AtomicBool::new(false) })
    }
}

impl Shared {
    /// A frame's headers and payload. If the frame is broken, closes the stream: the rest of it cannot
    /// be trusted.
    fn parsed(&self, py: Python<'_>, frame: &Frame) -> PyResult<Message> {
        frame.parse().map_err(|error| {
            self.frames.close();
            errors::exception(py, &error)
        })
    }

    /// The next event. Raises StopAsyncIteration at the end.
    fn event(&self, py: Python<'_>, slot: Option<&Arc<WaitingSlot>>) -> Poll<PyResult<Py<PyAny>>> {
        if self.frames.yields_to_loop(slot, has_waited(slot))? {
            return Poll::Pending;
        }
        loop {
            let frame = match self.frames.poll(slot)? {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(Err(PyStopAsyncIteration::new_err(()))),
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Err(errors::exception(py, &error)));
                }
                Poll::Ready(Some(Ok(frame))) => frame,
            };
            let fast = |event| events::fast(py, self.service, self.operation, event);
            if let Some(event) = frame.ordinary_event().and_then(fast) {
                return Poll::Ready(Ok(event.into_any().unbind()));
            }
            let message = self.parsed(py, &frame)?;
            let event = slow_path::event(py, self.service, self.operation, &message)?;
            if let Some(event) = event {
                return Poll::Ready(Ok(event.unbind()));
            }
        }
    }
}

#[pymethods]
impl AsyncEventStream {
    fn __aiter__(&self, py: Python<'_>) -> PyResult<AsyncEventIterator> {
        let iteration = self.iteration();
        let anext = Py::new(py, Coroutine::anext(NextEvent(iteration.clone())))?;
        Ok(AsyncEventIterator { anext, iteration })
    }

    /// Says what to do, as aiobotocore's stream does.
    fn __iter__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("this stream is asynchronous: use 'async for'"))
    }

    /// The first event, if it is an `initial-response`. Bedrock's protocol sends none, so this
    /// raises NoInitialResponseError as botocore's does, and consumes the first event.
    fn get_initial_response(&self) -> Coroutine {
        Coroutine::new(InitialResponse(self.shared.clone()))
    }

    /// The events, for a consumer without an event loop.
    fn pending(&self) -> Pending {
        Pending::new(NextEvent(self.iteration()))
    }

    /// Abort the request, because its consumer has stopped waiting. Events that have arrived can
    /// still be read.
    fn abandon(&self) {
        self.shared.frames.abandon();
    }

    /// `get_initial_response` for a consumer without an event loop.
    fn pending_initial_response(&self) -> Pending {
        Pending::new(InitialResponse(self.shared.clone()))
    }

    /// End the stream: a request that still runs is aborted, and a waiting `async for` ends.
    fn close(&self) {
        self.shared.frames.close();
    }

    /// `close` as a coroutine, e.g. for `contextlib.aclosing`.
    fn aclose(&self, py: Python<'_>) -> Coroutine {
        self.close();
        Coroutine::new(Available::new(py.None()))
    }

    fn __aenter__(slf: Bound<'_, Self>) -> Coroutine {
        Coroutine::new(Available::new(slf.into_any().unbind()))
    }

    #[pyo3(signature = (*_exception))]
    fn __aexit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> Coroutine {
        self.aclose(py)
    }

    /// aiobotocore's class if aiobotocore is loaded, because tools check `isinstance`.
    #[getter]
    fn __class__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        match loaded_module(py, "aiobotocore.eventstream")? {
            Some(module) => module.getattr("AioEventStream"),
            None => Ok(PyType::new::<AsyncEventStream>(py).into_any()),
        }
    }

    fn __repr__(&self) -> String {
        let state = if self.shared.frames.has_ended() { "ended" } else { "open" };
        format!("<AsyncEventStream of {} {state}>", self.shared.operation.name)
    }
}

/// One iteration over an asynchronous event stream.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct AsyncEventIterator {
    anext: Py<Coroutine>,
    iteration: Arc<Iteration>,
}

struct Iteration {
    stream: Arc<Shared>,
    /// Whether the last wait was cancelled.
    cancelled: AtomicBool,
}

impl Drop for AsyncEventIterator {
    /// A cancelled `async for` drops its iterator, while a caller that wants to continue keeps it.
    /// The traceback of the cancellation may keep the stream itself alive for a long time.
    fn drop(&mut self) {
        if self.iteration.cancelled.load(Ordering::Relaxed) {
            self.iteration.stream.frames.abandon();
        }
    }
}

#[pymethods]
impl AsyncEventIterator {
    fn __aiter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __anext__(&self, py: Python<'_>) -> Py<Coroutine> {
        self.anext.clone_ref(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.anext)
    }
}

/// The events of one iteration.
struct NextEvent(Arc<Iteration>);

impl NextEvent {
    fn next(&self, py: Python<'_>, slot: Option<&Arc<WaitingSlot>>) -> Poll<PyResult<Py<PyAny>>> {
        self.0.cancelled.store(false, Ordering::Relaxed);
        self.0.stream.event(py, slot)
    }
}

impl AwaitedValue for NextEvent {
    fn poll_now(&mut self, py: Python<'_>) -> Poll<PyResult<Py<PyAny>>> {
        self.next(py, None)
    }

    fn poll(&mut self, py: Python<'_>, slot: &Arc<WaitingSlot>) -> Poll<PyResult<Py<PyAny>>> {
        self.next(py, Some(slot))
    }

    fn cancelled(&mut self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }
}

struct InitialResponse(Arc<Shared>);

impl AwaitedValue for InitialResponse {
    fn poll(&mut self, py: Python<'_>, slot: &Arc<WaitingSlot>) -> Poll<PyResult<Py<PyAny>>> {
        self.0.frames.poll(Some(slot))?.map(|frame| {
            let frame = frame.transpose().map_err(|error| errors::exception(py, &error))?;
            let message = frame.map(|frame| self.0.parsed(py, &frame)).transpose()?;
            events::initial_response(py, message).map(Bound::unbind)
        })
    }
}
