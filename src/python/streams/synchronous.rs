//! The event stream of a synchronous call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_types::event_stream::Message;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::events;
use crate::drive::reader::{ReadGuard, Reader};
use crate::error::Error;
use crate::event_stream::frames::{Frame, FrameSplitter, Frames};
use crate::http::body::Body;
use crate::model::{Operation, Service};
use crate::python::interpreter::imported::{Imported, loaded_module};
use crate::python::interpreter::python_calls;
use crate::python::signals::{self, Stop};
use crate::python::{errors, logging, slow_path};

/// The events of a ConverseStream or InvokeModelWithResponseStream call.
///
/// Iterate over it for the events, each a dict with one key, the event's type. Iterating again
/// continues after the last event. It can be used from any thread.
#[pyclass(module = "fastbedrock._core", frozen, weakref, dict)]
pub struct EventStream {
    shared: Arc<Shared>,
}

struct Shared {
    service: &'static Service,
    operation: &'static Operation,
    reader: Reader<Arriving>,
}

/// The frames that have arrived, and the bytes of later ones.
#[derive(Default)]
struct Arriving {
    frames: Frames,
    rest: FrameSplitter,
}

impl EventStream {
    pub fn new(service: &'static Service, operation: &'static Operation, body: Body) -> Self {
        let reader = Reader::new(body);
        EventStream { shared: Arc::new(Shared { service, operation, reader }) }
    }
}

#[pymethods]
impl EventStream {
    /// Other packages may take part: see `fastbedrock._replaced.events_of`.
    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        static EVENTS_OF: Imported = Imported::new("fastbedrock._replaced", "events_of");
        let py = slf.py();
        let own = slf.get()._event_generator();
        let dict = slf.getattr("__dict__")?;
        if dict.cast::<PyDict>()?.is_empty() && loaded_module(py, "botocore.eventstream")?.is_none()
        {
            return Ok(Bound::new(py, own)?.into_any());
        }
        python_calls::call_function(py, &EVENTS_OF, (slf, own))
    }

    /// The events, for botocore's own functions, which run on this object if they are wrapped.
    #[getter]
    fn _event_generator(&self) -> EventIterator {
        EventIterator { shared: self.shared.clone(), ended: AtomicBool::new(false) }
    }

    /// What botocore's stream does with an event. Here the event was parsed before.
    fn _parse_event<'py>(&self, event: Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        event
    }

    /// What botocore's `close` closes.
    #[getter]
    fn _raw_stream(&self) -> RawEventStream {
        RawEventStream { shared: self.shared.clone() }
    }

    /// The first event, if it is an `initial-response`. Bedrock's protocol sends none, so this
    /// raises NoInitialResponseError as botocore's does, and consumes the first event.
    fn get_initial_response<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        errors::guarded(py, || {
            let frame = self.shared.frame(py)?;
            let message = frame.map(|frame| self.shared.parsed(py, &frame)).transpose()?;
            events::initial_response(py, message)
        })
    }

    /// End the stream: a request that still runs is aborted, and a blocked `next()` ends.
    fn close(slf: &Bound<'_, Self>) -> PyResult<()> {
        static CLOSE: Imported = Imported::new("fastbedrock._replaced", "close_events");
        let py = slf.py();
        let raw = slf.get()._raw_stream();
        if loaded_module(py, "botocore.eventstream")?.is_none() {
            return raw.close(py);
        }
        python_calls::call_function(py, &CLOSE, (slf, raw)).map(|_| ())
    }

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(slf: &Bound<'_, Self>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        Self::close(slf)
    }

    /// botocore's class if botocore is loaded, because tools check `isinstance`.
    #[getter]
    fn __class__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        match loaded_module(py, "botocore.eventstream")? {
            Some(module) => module.getattr("EventStream"),
            None => Ok(PyType::new::<EventStream>(py).into_any()),
        }
    }

    fn __repr__(&self) -> String {
        let state = if self.shared.reader.has_ended() { "ended" } else { "open" };
        format!("<EventStream of {} {state}>", self.shared.operation.name)
    }
}

/// The connection of an event stream.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct RawEventStream {
    shared: Arc<Shared>,
}

#[pymethods]
impl RawEventStream {
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.shared.reader.close();
        logging::flush(py)
    }
}

/// One iteration over an event stream.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct EventIterator {
    shared: Arc<Shared>,
    ended: AtomicBool,
}

#[pymethods]
impl EventIterator {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.ended.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let outcome = self.shared.event(py);
        if !matches!(outcome, Ok(Some(_))) {
            self.ended.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

impl Shared {
    /// The next frame that is an event for the caller; botocore skips some frames.
    fn event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        errors::guarded(py, || {
            while let Some(frame) = self.frame(py)? {
                let fast = |event| events::fast(py, self.service, self.operation, event);
                if let Some(event) = frame.ordinary_event().and_then(fast) {
                    return Ok(Some(event.into_any()));
                }
                let message = self.parsed(py, &frame)?;
                let event = slow_path::event(py, self.service, self.operation, &message)?;
                if event.is_some() {
                    return Ok(event);
                }
            }
            Ok(None)
        })
    }

    /// The next frame. If it has arrived already, the GIL is not released.
    fn frame(&self, py: Python<'_>) -> PyResult<Option<Frame>> {
        if self.reader.is_closed() {
            return Ok(None);
        }
        let outcome = match self.reader.try_with(Arriving::next_frame) {
            Some(Ok(None)) | None => py.detach(|| self.wait()),
            Some(frame) => self.closed_after(frame.map_err(Stop::Failed)),
        };
        if !matches!(outcome, Ok(Some(_))) {
            logging::flush(py)?;
        }
        outcome.map_err(|stop| stop.into_exception(py))
    }

    /// A frame's headers and payload. If the frame is broken, closes the stream: the rest of it cannot
    /// be trusted.
    fn parsed(&self, py: Python<'_>, frame: &Frame) -> PyResult<Message> {
        let parsed = self.closed_after(frame.parse().map_err(Stop::Failed));
        parsed.map_err(|stop| logging::flush(py).err().unwrap_or_else(|| stop.into_exception(py)))
    }

    fn wait(&self) -> Result<Option<Frame>, Stop> {
        let mut check = signals::watch();
        let mut guard = self.reader.acquire(&mut check)?;
        self.closed_after(self.read(&mut guard, check))
    }

    fn read(
        &self,
        guard: &mut ReadGuard<'_, Arriving>,
        mut check: impl FnMut() -> Result<(), Stop>,
    ) -> Result<Option<Frame>, Stop> {
        loop {
            if let Some(frame) = guard.state.next_frame()? {
                return Ok(Some(frame));
            }
            match guard.chunk(&mut check)? {
                Some(chunk) => guard.state.rest.push(chunk),
                None if self.reader.is_closed() => return Ok(None),
                None => {
                    return guard
                        .state
                        .rest
                        .unfinished()
                        .map_or(Ok(None), |error| Err(error.into()));
                }
            }
        }
    }

    /// Closes the stream after an error.
    fn closed_after<T>(&self, outcome: Result<T, Stop>) -> Result<T, Stop> {
        if let Err(Stop::Failed(_)) = outcome {
            self.reader.close();
        }
        outcome
    }
}

impl Arriving {
    /// How many frames are found at a time. They should still be in the processor's cache when they
    /// are used.
    const FRAMES: usize = 32;

    /// The next frame; `None` if more bytes are needed, and after an error.
    fn next_frame(&mut self) -> Result<Option<Frame>, Error> {
        loop {
            if let Some(frame) = self.frames.next() {
                return Ok(Some(frame));
            }
            match self.rest.next_frames(Self::FRAMES)? {
                Some(frames) => self.frames = frames,
                None => return Ok(None),
            }
        }
    }
}
