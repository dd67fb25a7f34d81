//! The raw stream under a `StreamingBody`: a response body as a readable file.

use bytes::{Buf, BytesMut};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyMemoryView, PySlice, PyTuple};

use super::signals::{self, Stop};
use super::{crossing, errors, logging, options};
use crate::drive::reader::Reader;
use crate::http::body::Body;

/// A response body, read as it arrives. Usable from any thread.
#[pyclass(module = "fastbedrock._core", frozen, weakref, dict)]
pub struct RawBody {
    reader: Reader<Unread>,
}

/// Bytes that arrived and were not asked for yet.
#[derive(Default)]
struct Unread {
    bytes: BytesMut,
    given: u64,
    ended: bool,
}

impl RawBody {
    pub fn new(body: Body) -> Self {
        RawBody { reader: Reader::new(body) }
    }

    /// Runs `take` with at least `amount` unread bytes, or all up to the end.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        amount: usize,
        take: impl FnOnce(&mut Unread) -> T + Send,
    ) -> PyResult<T> {
        let read = || {
            let mut look = signals::watch();
            let mut guard = self.reader.acquire(&mut look)?;
            if self.reader.is_closed() {
                guard.state.bytes.clear();
                guard.state.ended = true;
            }
            while !guard.state.ended && guard.state.bytes.len() < amount {
                let chunk = guard.chunk(&mut look);
                let unread = &mut guard.state;
                match chunk {
                    Ok(Some(chunk)) if unread.bytes.is_empty() => {
                        unread.bytes =
                            chunk.try_into_mut().unwrap_or_else(|chunk| BytesMut::from(&chunk[..]));
                    }
                    Ok(Some(chunk)) => unread.bytes.extend_from_slice(&chunk),
                    Ok(None) => unread.ended = true,
                    Err(Stop::Failed(error))
                        if error.is_short_of_its_length() && amount != usize::MAX =>
                    {
                        unread.ended = true;
                    }
                    Err(stop) => {
                        if let Stop::Failed(_) = stop {
                            // As in botocore a read that fails takes its bytes with it.
                            unread.bytes.clear();
                            unread.ended = true;
                        }
                        return Err(stop);
                    }
                }
            }
            Ok(take(&mut guard.state))
        };
        errors::guarded(py, || {
            let outcome = py.detach(read);
            logging::flush(py)?;
            outcome.map_err(|stop: Stop| stop.into_exception(py))
        })
    }
}

impl Unread {
    fn take(&mut self, amount: usize) -> BytesMut {
        let taken = self.bytes.split_to(amount.min(self.bytes.len()));
        self.given += taken.len() as u64;
        taken
    }
}

#[pymethods]
impl RawBody {
    /// Read up to `amt` bytes, fewer only at the end; all that is left where it is None or negative.
    #[pyo3(signature = (amt=None))]
    fn read<'py>(&self, py: Python<'py>, amt: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        let amount = amt.and_then(|amt| usize::try_from(amt).ok()).unwrap_or(usize::MAX);
        let bytes = self.with(py, amount, |unread| unread.take(amount))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Read into a writable buffer of bytes; returns how many.
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<usize> {
        // A class of the caller's may give its buffer by a method in Python.
        let view = crossing::within(py, || PyMemoryView::from(buffer))?;
        let cast = pyo3::intern!(py, "cast");
        let view = crossing::call_method(view.as_any(), cast, ("B",), None)?;
        let amount = view.len()?;
        let bytes = self.with(py, amount, |unread| unread.take(amount))?;
        view.set_item(PySlice::new(py, 0, bytes.len() as isize, 1), PyBytes::new(py, &bytes))?;
        Ok(bytes.len())
    }

    /// Read one line, its end included; no more than `size` bytes, unless it is None or negative.
    #[pyo3(signature = (size=None))]
    fn readline<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        let most = size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX);
        let mut wanted = most.min(1024);
        loop {
            let line = self.with(py, wanted, |unread| {
                let mut within = unread.bytes.iter().take(most);
                match within.position(|byte| *byte == b'\n') {
                    Some(end) => Some(unread.take(end + 1)),
                    None if unread.ended || unread.bytes.len() >= most => Some(unread.take(most)),
                    None => None,
                }
            })?;
            match line {
                Some(line) => return Ok(PyBytes::new(py, &line)),
                None => wanted = most.min(wanted * 2),
            }
        }
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// The next line.
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let line = self.readline(py, None)?;
        Ok(Some(line).filter(|line| !line.as_bytes().is_empty()))
    }

    /// Read all lines that are left.
    fn readlines<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let lines = PyList::empty(py);
        let mut rest = self.with(py, usize::MAX, |unread| unread.take(usize::MAX))?;
        while rest.has_remaining() {
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
            lines.append(PyBytes::new(py, &rest.split_to(end)))?;
        }
        Ok(lines)
    }

    /// Bytes read so far.
    fn tell(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, 0, |unread| unread.given)
    }

    fn readable(&self) -> bool {
        true
    }

    fn writable(&self) -> bool {
        false
    }

    fn seekable(&self) -> bool {
        false
    }

    fn isatty(&self) -> bool {
        false
    }

    /// Does nothing: `io` calls it before it closes a file.
    fn flush(&self) {}

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    /// Limit the seconds of silence that a read bears, None for no limit.
    fn set_timeout(&self, timeout: &Bound<'_, PyAny>) -> PyResult<()> {
        let limit = options::timeout("timeout", timeout)?;
        self.reader.set_read_timeout(limit.0);
        Ok(())
    }

    /// Close the body; a request that still runs is aborted and a blocked read ends.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.reader.close();
        logging::flush(py)
    }

    #[getter]
    fn closed(&self) -> bool {
        self.reader.is_closed()
    }

    fn __repr__(&self) -> &'static str {
        if self.reader.is_closed() { "<RawBody closed>" } else { "<RawBody open>" }
    }
}
