//! The raw stream under a `StreamingBody`: a response body as a readable file.

use bytes::{Buf, BytesMut};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PySlice, PyTuple};

use super::unread::{Unread, amount};
use crate::drive::reader::Reader;
use crate::http::body::Body;
use crate::python::interpreter::imported::Imported;
use crate::python::interpreter::python_calls;
use crate::python::signals::{self, Stop};
use crate::python::{errors, logging, options};

/// A response body, read as it arrives. It can be used from any thread.
#[pyclass(module = "fastbedrock._core", frozen, weakref, dict)]
pub struct RawBody {
    reader: Reader<Progress>,
}

/// The state that is kept from one read to the next.
#[derive(Default)]
struct Progress {
    unread: Unread,
    ended: bool,
}

impl RawBody {
    pub fn new(body: Body) -> Self {
        RawBody { reader: Reader::new(body) }
    }

    /// Takes what has not been read, so that another object can read it.
    pub fn take_body(&self) -> Option<Body> {
        self.reader.take_body()
    }

    /// Runs `take` with at least `amount` unread bytes, or with all bytes up to the end.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        amount: usize,
        take: impl FnOnce(&mut Progress) -> T + Send,
    ) -> PyResult<T> {
        let read = || {
            let mut check = signals::watch();
            let mut guard = self.reader.acquire(&mut check)?;
            if self.reader.is_closed() {
                guard.state.unread.bytes.clear();
                guard.state.ended = true;
            }
            while !guard.state.ended && guard.state.unread.bytes.len() < amount {
                let chunk = match guard.chunk(&mut check) {
                    Ok(chunk) => chunk.map(Ok),
                    Err(Stop::Failed(error)) => Some(Err(error)),
                    Err(stop) => return Err(stop),
                };
                match guard.state.unread.add(chunk, amount) {
                    Ok(more) => guard.state.ended = !more,
                    Err(error) => {
                        // As in botocore, a read that fails discards the bytes that it had.
                        guard.state.unread.bytes.clear();
                        guard.state.ended = true;
                        return Err(Stop::Failed(error));
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

    fn take(&self, py: Python<'_>, amount: usize) -> PyResult<BytesMut> {
        self.with(py, amount, |progress| progress.unread.take(amount))
    }
}

#[pymethods]
impl RawBody {
    /// Read up to `amt` bytes, fewer only at the end; all that are left if it is None or negative.
    #[pyo3(signature = (amt=None))]
    fn read<'py>(&self, py: Python<'py>, amt: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.take(py, amount(amt))?))
    }

    /// Read what has arrived, at most `amt` bytes. Waits only if nothing has arrived.
    #[pyo3(signature = (amt=None))]
    fn read1<'py>(&self, py: Python<'py>, amt: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        let most = amount(amt);
        let taken = self.with(py, most.min(1), |progress| progress.unread.take(most))?;
        Ok(PyBytes::new(py, &taken))
    }

    /// Read into a writable buffer of bytes and return how many were read.
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<usize> {
        static MEMORYVIEW: Imported = Imported::new("builtins", "memoryview");
        let view = python_calls::call_function(py, &MEMORYVIEW, (buffer,))?;
        let view = python_calls::call_method(&view, pyo3::intern!(py, "cast"), ("B",), None)?;
        let amount = view.len()?;
        let bytes = self.take(py, amount)?;
        view.set_item(PySlice::new(py, 0, bytes.len() as isize, 1), PyBytes::new(py, &bytes))?;
        Ok(bytes.len())
    }

    /// Read one line with its end; no more than `size` bytes, unless it is None or negative.
    #[pyo3(signature = (size=None))]
    fn readline<'py>(&self, py: Python<'py>, size: Option<isize>) -> PyResult<Bound<'py, PyBytes>> {
        let most = amount(size);
        let mut wanted = most.min(1024);
        loop {
            let line = self.with(py, wanted, |Progress { unread, ended }| {
                let mut within = unread.bytes.iter().take(most);
                match within.position(|byte| *byte == b'\n') {
                    Some(end) => Some(unread.take(end + 1)),
                    None if *ended || unread.bytes.len() >= most => Some(unread.take(most)),
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
        let mut rest = self.take(py, usize::MAX)?;
        while rest.has_remaining() {
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
            lines.append(PyBytes::new(py, &rest.split_to(end)))?;
        }
        Ok(lines)
    }

    /// The number of bytes read so far.
    fn tell(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, 0, |progress| progress.unread.position)
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

    /// Does nothing. `io` calls it before it closes a file.
    fn flush(&self) {}

    fn __enter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    /// Set how many seconds a read may wait for the next bytes; None means no limit.
    fn set_timeout(&self, timeout: &Bound<'_, PyAny>) -> PyResult<()> {
        let limit = options::timeout("timeout", timeout)?;
        self.reader.set_read_timeout(limit.0);
        Ok(())
    }

    /// Close the body: a request that still runs is aborted, and a blocked read ends.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.reader.close();
        logging::flush(py)
    }

    #[getter]
    fn closed(&self) -> bool {
        self.reader.is_closed()
    }

    fn __repr__(&self) -> &'static str {
        let all_read = |progress: &mut Progress| progress.unread.bytes.is_empty();
        let ended = self.reader.is_closed()
            || (self.reader.has_ended() && self.reader.try_with(all_read).unwrap_or(false));
        if ended { "<RawBody ended>" } else { "<RawBody open>" }
    }
}
