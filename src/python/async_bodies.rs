//! What streams in an asynchronous response: events and raw bytes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake as _, Waker};

use bytes::{Bytes, BytesMut};
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use super::awaitable::{Awaitable, Wait, Work, thrown};
use super::mailbox::Entry;
use super::pending::Pending;
use super::{errors, events, logging, time_slice};
use crate::drive::chunks::Chunks;
use crate::error::Error;
use crate::event_stream::frames::{Frame, RawFrame};
use crate::model::{Operation, Service};
use crate::runtime::bounded_queue::ByteSize;

/// A body's pieces, for one coroutine at a time.
struct Source<T>(Mutex<Slot<T>>);

struct Slot<T> {
    /// Until the end; then, and once closed, nothing: dropping them aborts the request.
    pieces: Option<Chunks<T>>,
    waiter: Weak<Entry>,
}

impl<T> Slot<T> {
    /// RuntimeError where a coroutine waits already and it is not this entry's.
    fn refuse_another(&self, entry: Option<&Arc<Entry>>) -> PyResult<()> {
        match self.waiter.upgrade() {
            Some(waiter) if entry.is_some_and(|entry| Arc::ptr_eq(entry, &waiter)) => Ok(()),
            Some(waiter) if waiter.is_occupied() => Err(already_awaited()),
            _ => Ok(()),
        }
    }
}

impl<T: ByteSize> Source<T> {
    fn new(pieces: Chunks<T>) -> Self {
        Source(Mutex::new(Slot { pieces: Some(pieces), waiter: Weak::new() }))
    }

    /// The next piece, `Ready(None)` at the end; `entry` is woken where there is none yet.
    fn poll(&self, entry: Option<&Arc<Entry>>) -> PyResult<Poll<Option<Result<T, Error>>>> {
        let mut slot = self.lock();
        slot.refuse_another(entry)?;
        let Slot { pieces: source, waiter } = &mut *slot;
        let Some(pieces) = source else { return Ok(Poll::Ready(None)) };
        let waker = entry.map_or_else(|| Waker::noop().clone(), |entry| entry.clone().into());
        let polled = pieces.poll(&mut Context::from_waker(&waker));
        match (&polled, entry) {
            (Poll::Ready(None | Some(Err(_))), _) => *source = None,
            (Poll::Pending, Some(entry)) => *waiter = Arc::downgrade(entry),
            _ => {}
        }
        Ok(polled)
    }

    /// Whether the time slice is over and the loop must go on before the next piece is taken. Then
    /// the coroutine waits for the loop's next iteration. `resumed`: the coroutine has waited, and
    /// goes on now.
    fn gives_way(&self, entry: Option<&Arc<Entry>>, resumed: bool) -> PyResult<bool> {
        if resumed || !time_slice::is_over() {
            return Ok(false);
        }
        if let Some(entry) = entry {
            let mut slot = self.lock();
            slot.refuse_another(Some(entry))?;
            slot.waiter = Arc::downgrade(entry);
            drop(slot);
            entry.wake_by_ref();
        }
        Ok(true)
    }

    /// Ends the source for good. Who waits for a piece is woken.
    fn close(&self) {
        let pieces = self.lock().pieces.take();
        if let Some(pieces) = pieces {
            pieces.close();
        }
    }

    /// Aborts the request, unless somebody else waits for it. What has come stays readable.
    fn abandon(&self) {
        let mut slot = self.lock();
        if slot.refuse_another(None).is_ok()
            && let Some(pieces) = &mut slot.pieces
        {
            pieces.abort();
        }
    }

    fn is_over(&self) -> bool {
        self.lock().pieces.is_none()
    }

    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the coroutine has waited for the value that it asks for.
fn has_waited(entry: Option<&Arc<Entry>>) -> bool {
    entry.is_some_and(|entry| entry.is_occupied())
}

fn already_awaited() -> PyErr {
    PyRuntimeError::new_err("another coroutine is already waiting for this stream or body")
}

/// The events of an asynchronous ConverseStream or InvokeModelWithResponseStream call.
///
/// `async for` over it gives the events, each a dict with one key, the event's type. Iterating
/// again goes on after the last event. A loop that is cancelled while it waits aborts the request;
/// the events that had come by then can still be read.
#[pyclass(module = "fastbedrock._core", frozen, weakref, dict)]
pub struct AsyncEventStream {
    shared: Arc<Events>,
}

struct Events {
    service: &'static Service,
    operation: &'static Operation,
    source: Source<RawFrame>,
}

impl AsyncEventStream {
    pub fn new(
        service: &'static Service,
        operation: &'static Operation,
        frames: Chunks<RawFrame>,
    ) -> Self {
        let source = Source::new(frames);
        AsyncEventStream { shared: Arc::new(Events { service, operation, source }) }
    }
}

impl Events {
    /// The next frame, as [`Source::poll`] has it.
    fn poll(&self, entry: Option<&Arc<Entry>>) -> PyResult<Poll<Option<Result<Frame, Error>>>> {
        let polled = self.source.poll(entry)?;
        Ok(polled.map(|frame| {
            let parsed = frame?.and_then(|frame| frame.parse());
            if parsed.is_err() {
                // After a broken frame nothing that follows can be trusted.
                self.source.close();
            }
            Some(parsed)
        }))
    }
}

#[pymethods]
impl AsyncEventStream {
    fn __aiter__(&self, py: Python<'_>) -> PyResult<AsyncEventIterator> {
        let iteration =
            Arc::new(Iteration { events: self.shared.clone(), cancelled: AtomicBool::new(false) });
        let next = NextEvent { iteration: iteration.clone(), ended: false, wait: Wait::default() };
        Ok(AsyncEventIterator { next: Py::new(py, next)?, iteration })
    }

    /// The first event, if it is an `initial-response`; Bedrock's protocol sends none, so this
    /// raises NoInitialResponseError as botocore's does, and uses up the first event.
    fn get_initial_response(&self) -> Awaitable {
        Awaitable::new(InitialResponse(self.shared.clone()))
    }

    /// The events for a consumer without an event loop.
    fn pending(&self) -> Pending {
        Pending::new(Listening(self.shared.clone()))
    }

    /// Abort the request, whose consumer gave up waiting. What has come can still be read.
    fn abandon(&self) {
        self.shared.source.abandon();
    }

    /// The first event of [`AsyncEventStream::get_initial_response`] for the same.
    fn pending_initial_response(&self) -> Pending {
        Pending::new(InitialResponse(self.shared.clone()))
    }

    /// End the stream: a request that still runs is aborted, a waiting `async for` ends.
    fn close(&self) {
        self.shared.source.close();
    }

    /// `close` for `contextlib.aclosing` and its like.
    fn aclose(&self, py: Python<'_>) -> Awaitable {
        self.close();
        Awaitable::new(Done(Some(py.None())))
    }

    fn __aenter__(slf: Bound<'_, Self>) -> Awaitable {
        Awaitable::new(Done(Some(slf.into_any().unbind())))
    }

    #[pyo3(signature = (*_exception))]
    fn __aexit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> Awaitable {
        self.aclose(py)
    }

    fn __repr__(&self) -> String {
        let state = if self.shared.source.is_over() { "closed" } else { "open" };
        format!("<AsyncEventStream of {} {state}>", self.shared.operation.name)
    }
}

/// One iteration over an asynchronous event stream.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct AsyncEventIterator {
    next: Py<NextEvent>,
    iteration: Arc<Iteration>,
}

struct Iteration {
    events: Arc<Events>,
    /// Its last wait was.
    cancelled: AtomicBool,
}

impl Drop for AsyncEventIterator {
    /// A cancelled `async for` lets go of its iterator; who wants to go on holds on to it. The
    /// stream itself may live for long in the traceback of the cancellation.
    fn drop(&mut self) {
        if self.iteration.cancelled.load(Ordering::Relaxed) {
            self.iteration.events.source.abandon();
        }
    }
}

#[pymethods]
impl AsyncEventIterator {
    fn __aiter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __anext__(&self, py: Python<'_>) -> Py<NextEvent> {
        self.next.clone_ref(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.next)
    }
}

/// The coroutine of one iteration's `__anext__`, the same for each event: an object less to make.
/// A cancelled wait takes no event, and the iteration can go on.
#[pyclass(module = "fastbedrock._core", weakref)]
pub struct NextEvent {
    iteration: Arc<Iteration>,
    ended: bool,
    wait: Wait,
}

#[pymethods]
impl NextEvent {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if self.wait.is_waiting() {
            return Err(already_awaited());
        }
        if self.ended {
            return Err(PyStopAsyncIteration::new_err(()));
        }
        self.iteration.cancelled.store(false, Ordering::Relaxed);
        let step = self.wait.step(py, &mut EventWork(&self.iteration.events));
        self.ended = step.is_err();
        if self.ended {
            logging::flush(py)?;
        }
        step?.into_next(py)
    }

    fn send(&mut self, py: Python<'_>, value: Py<PyAny>) -> PyResult<Py<PyAny>> {
        drop(value);
        self.__next__(py)
    }

    #[pyo3(signature = (exception, value=None, traceback=None))]
    fn throw(
        &mut self,
        exception: Bound<'_, PyAny>,
        value: Option<Bound<'_, PyAny>>,
        traceback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.iteration.cancelled.store(true, Ordering::Relaxed);
        self.wait.finish();
        Err(thrown(exception, value, traceback))
    }

    fn close(&mut self) {
        self.wait.finish();
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.wait.visit(&visit)
    }

    fn __clear__(&mut self) {
        self.close();
    }
}

struct EventWork<'a>(&'a Events);

impl EventWork<'_> {
    fn next(&self, py: Python<'_>, entry: Option<&Arc<Entry>>) -> Poll<PyResult<Py<PyAny>>> {
        let Events { service, operation, source } = self.0;
        if source.gives_way(entry, has_waited(entry))? {
            return Poll::Pending;
        }
        loop {
            let frame = match self.0.poll(entry)? {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(Err(PyStopAsyncIteration::new_err(()))),
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(Err(errors::exception(py, &error)));
                }
                Poll::Ready(Some(Ok(frame))) => frame,
            };
            if let Some(event) = events::event(py, service, operation, &frame).transpose() {
                return Poll::Ready(event.map(Bound::unbind));
            }
        }
    }
}

impl Work for EventWork<'_> {
    fn look(&mut self, py: Python<'_>) -> Poll<PyResult<Py<PyAny>>> {
        self.next(py, None)
    }

    fn poll(&mut self, py: Python<'_>, entry: &Arc<Entry>) -> Poll<PyResult<Py<PyAny>>> {
        self.next(py, Some(entry))
    }
}

struct Listening(Arc<Events>);

impl Work for Listening {
    fn look(&mut self, py: Python<'_>) -> Poll<PyResult<Py<PyAny>>> {
        EventWork(&self.0).look(py)
    }

    fn poll(&mut self, py: Python<'_>, entry: &Arc<Entry>) -> Poll<PyResult<Py<PyAny>>> {
        EventWork(&self.0).poll(py, entry)
    }
}

struct InitialResponse(Arc<Events>);

impl Work for InitialResponse {
    fn poll(&mut self, py: Python<'_>, entry: &Arc<Entry>) -> Poll<PyResult<Py<PyAny>>> {
        self.0.poll(Some(entry))?.map(|frame| match frame.transpose() {
            Ok(frame) => events::initial_response(py, frame).map(Bound::unbind),
            Err(error) => Err(errors::exception(py, &error)),
        })
    }
}

/// A value that is there.
struct Done(Option<Py<PyAny>>);

impl Work for Done {
    fn look(&mut self, py: Python<'_>) -> Poll<PyResult<Py<PyAny>>> {
        Poll::Ready(Ok(self.0.take().unwrap_or_else(|| py.None())))
    }

    fn poll(&mut self, py: Python<'_>, _entry: &Arc<Entry>) -> Poll<PyResult<Py<PyAny>>> {
        self.look(py)
    }

    fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

/// The raw stream under an `AsyncStreamingBody`.
#[pyclass(module = "fastbedrock._core", frozen, weakref, dict)]
pub struct AsyncRawBody {
    shared: Arc<Content>,
}

struct Content {
    source: Source<Bytes>,
    unread: Mutex<BytesMut>,
}

impl AsyncRawBody {
    pub fn new(pieces: Chunks<Bytes>) -> Self {
        let source = Source::new(pieces);
        AsyncRawBody { shared: Arc::new(Content { source, unread: Mutex::default() }) }
    }
}

#[pymethods]
impl AsyncRawBody {
    /// Read up to `amt` bytes, fewer only at the end; all that is left where it is None or negative.
    #[pyo3(signature = (amt=None))]
    fn read(&self, amt: Option<isize>) -> Awaitable {
        let amount = amt.and_then(|amt| usize::try_from(amt).ok()).unwrap_or(usize::MAX);
        Awaitable::new(ReadBytes { shared: self.shared.clone(), amount })
    }

    /// The same read for a consumer without an event loop.
    fn pending(&self, amt: isize) -> Pending {
        let amount = usize::try_from(amt).unwrap_or(usize::MAX);
        Pending::new(ReadBytes { shared: self.shared.clone(), amount })
    }

    /// Abort the request, whose consumer gave up waiting. What has come can still be read.
    fn abandon(&self) {
        self.shared.source.abandon();
    }

    /// Close the body; a request that still runs is aborted and a waiting read ends.
    fn close(&self) {
        self.shared.source.close();
        self.shared.unread().clear();
    }

    /// Whether all has been read, or the body was closed.
    fn at_eof(&self) -> bool {
        self.shared.source.is_over() && self.shared.unread().is_empty()
    }

    fn __repr__(&self) -> &'static str {
        if self.shared.source.is_over() { "<AsyncRawBody closed>" } else { "<AsyncRawBody open>" }
    }
}

impl Content {
    fn unread(&self) -> MutexGuard<'_, BytesMut> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct ReadBytes {
    shared: Arc<Content>,
    amount: usize,
}

impl ReadBytes {
    /// Gathers what was asked for, fewer only at the end. What a cancelled read had gathered is
    /// the next one's.
    fn gather(&self, entry: Option<&Arc<Entry>>) -> PyResult<Poll<Result<BytesMut, Error>>> {
        self.shared.source.lock().refuse_another(entry)?;
        let mut unread = self.shared.unread();
        let mut resumed = has_waited(entry);
        loop {
            if self.shared.source.gives_way(entry, std::mem::take(&mut resumed))? {
                return Ok(Poll::Pending);
            }
            if unread.len() >= self.amount {
                break;
            }
            match self.shared.source.poll(entry)? {
                Poll::Pending => return Ok(Poll::Pending),
                Poll::Ready(Some(Ok(chunk))) if unread.is_empty() => {
                    *unread =
                        chunk.try_into_mut().unwrap_or_else(|chunk| BytesMut::from(&chunk[..]));
                }
                Poll::Ready(Some(Ok(chunk))) => unread.extend_from_slice(&chunk),
                Poll::Ready(Some(Err(error)))
                    if !error.is_short_of_its_length() || self.amount == usize::MAX =>
                {
                    return Ok(Poll::Ready(Err(error)));
                }
                Poll::Ready(_) => break,
            }
        }
        let amount = self.amount.min(unread.len());
        Ok(Poll::Ready(Ok(unread.split_to(amount))))
    }

    fn read(&self, py: Python<'_>, entry: Option<&Arc<Entry>>) -> Poll<PyResult<Py<PyAny>>> {
        let gathered = self.gather(entry)?;
        if gathered.is_ready() {
            logging::flush(py)?;
        }
        gathered.map(|read| match read {
            Ok(bytes) => Ok(PyBytes::new(py, &bytes).into_any().unbind()),
            Err(error) => Err(errors::exception(py, &error)),
        })
    }
}

impl Work for ReadBytes {
    fn look(&mut self, py: Python<'_>) -> Poll<PyResult<Py<PyAny>>> {
        self.read(py, None)
    }

    fn poll(&mut self, py: Python<'_>, entry: &Arc<Entry>) -> Poll<PyResult<Py<PyAny>>> {
        self.read(py, Some(entry))
    }
}
