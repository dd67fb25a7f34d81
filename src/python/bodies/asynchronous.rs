//! The raw stream under an `AsyncStreamingBody`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::unread::{Unread, amount};
use crate::drive::chunks::Chunks;
use crate::error::Error;
use crate::python::asyncio::awaited_value::AwaitedValue;
use crate::python::asyncio::coroutine::Coroutine;
use crate::python::asyncio::single_consumer::{SingleConsumer, has_waited};
use crate::python::asyncio::waiting_slot::WaitingSlot;
use crate::python::pending::Pending;
use crate::python::{errors, logging};

/// A response body, read as it arrives.
#[pyclass(module = "fastbedrock._core", frozen, weakref, dict)]
pub struct AsyncRawBody {
    shared: Arc<Shared>,
}

struct Shared {
    chunks: SingleConsumer<Bytes>,
    unread: Mutex<Unread>,
}

impl AsyncRawBody {
    pub fn new(chunks: Chunks<Bytes>) -> Self {
        let chunks = SingleConsumer::new(chunks);
        AsyncRawBody { shared: Arc::new(Shared { chunks, unread: Mutex::default() }) }
    }

    fn reading(&self, least: usize, most: usize) -> Reading {
        Reading { shared: self.shared.clone(), least, most }
    }
}

#[pymethods]
impl AsyncRawBody {
    /// Read up to `amt` bytes, fewer only at the end; all that are left if it is None or negative.
    #[pyo3(signature = (amt=None))]
    fn read(&self, amt: Option<isize>) -> Coroutine {
        Coroutine::new(self.reading(amount(amt), amount(amt)))
    }

    /// Read what has arrived, at most `amt` bytes. Waits only if nothing has arrived.
    #[pyo3(signature = (amt=None))]
    fn read1(&self, amt: Option<isize>) -> Coroutine {
        Coroutine::new(self.reading(amount(amt).min(1), amount(amt)))
    }

    /// `read` for a consumer without an event loop.
    fn pending(&self, amt: isize) -> Pending {
        Pending::new(self.reading(amount(Some(amt)), amount(Some(amt))))
    }

    /// `read1` for a consumer without an event loop.
    fn pending1(&self, amt: isize) -> Pending {
        Pending::new(self.reading(amount(Some(amt)).min(1), amount(Some(amt))))
    }

    /// Abort the request, because its consumer has stopped waiting. Bytes that have arrived can
    /// still be read.
    fn abandon(&self) {
        self.shared.chunks.abandon();
    }

    /// Close the body: a request that still runs is aborted, and a waiting read ends.
    fn close(&self) {
        self.shared.chunks.close();
        self.shared.unread().bytes.clear();
    }

    /// Whether everything has been read, or the body was closed.
    fn at_eof(&self) -> bool {
        self.shared.chunks.has_ended() && self.shared.unread().bytes.is_empty()
    }

    fn __repr__(&self) -> &'static str {
        if self.at_eof() { "<AsyncRawBody ended>" } else { "<AsyncRawBody open>" }
    }
}

impl Shared {
    fn unread(&self) -> MutexGuard<'_, Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One read.
struct Reading {
    shared: Arc<Shared>,
    /// How many bytes to wait for.
    least: usize,
    /// How many bytes to return.
    most: usize,
}

impl Reading {
    /// Gathers the bytes that were asked for, fewer than `least` only at the end. If the read is cancelled, the
    /// next read gets what it had gathered.
    fn gather(&self, slot: Option<&Arc<WaitingSlot>>) -> PyResult<Poll<Result<BytesMut, Error>>> {
        let Shared { chunks, .. } = &*self.shared;
        chunks.refuse_another(slot)?;
        let mut unread = self.shared.unread();
        let mut resumed = has_waited(slot);
        loop {
            if chunks.yields_to_loop(slot, std::mem::take(&mut resumed))? {
                return Ok(Poll::Pending);
            }
            if unread.bytes.len() >= self.least {
                break;
            }
            let Poll::Ready(chunk) = chunks.poll(slot)? else { return Ok(Poll::Pending) };
            match unread.add(chunk, self.least) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return Ok(Poll::Ready(Err(error))),
            }
        }
        Ok(Poll::Ready(Ok(unread.take(self.most))))
    }

    fn read(&self, py: Python<'_>, slot: Option<&Arc<WaitingSlot>>) -> Poll<PyResult<Py<PyAny>>> {
        let gathered = self.gather(slot)?;
        if gathered.is_ready() {
            logging::flush(py)?;
        }
        gathered.map(|read| match read {
            Ok(bytes) => Ok(PyBytes::new(py, &bytes).into_any().unbind()),
            Err(error) => Err(errors::exception(py, &error)),
        })
    }
}

impl AwaitedValue for Reading {
    fn poll_now(&mut self, py: Python<'_>) -> Poll<PyResult<Py<PyAny>>> {
        self.read(py, None)
    }

    fn poll(&mut self, py: Python<'_>, slot: &Arc<WaitingSlot>) -> Poll<PyResult<Py<PyAny>>> {
        self.read(py, Some(slot))
    }
}
