//! One asynchronous call as a piece of work.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake as _, Waker};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::async_bodies::{AsyncEventStream, AsyncRawBody};
use super::awaitable::Work;
use super::imported::Imported;
use super::logging::Listening;
use super::mailbox::Entry;
use super::{crossing, errors, reply};
use crate::call::transport::{Answer, Payload, Request};
use crate::codec;
use crate::credentials::Identity;
use crate::drive::background::{Arriving, Background, Flight, Landed};
use crate::model::{Operation, Service};

/// Larger bodies are decoded off the event loop's thread. By `bench/loop_thread.py` small values
/// of this size take 2.5 ms, and in another thread the loop stands still for 0.5 ms instead. As
/// much text takes 0.05 ms, and to hand it over 0.1 ms: what is smaller is not worth it.
const DECODE_ELSEWHERE: usize = 256 * 1024;

pub struct Call {
    pub background: Arc<Background>,
    pub service: &'static Service,
    pub operation: &'static Operation,
    pub listening: Listening,
    pub state: State,
}

pub enum State {
    Prepared { request: Request, external: Option<Identity> },
    Flying(Flight),
    Landed(Landed),
    Over,
}

impl Work for Call {
    fn poll(&mut self, py: Python<'_>, entry: &Arc<Entry>) -> Poll<PyResult<Py<PyAny>>> {
        let waker = Waker::from(entry.clone());
        self.listening.flush(py, &waker)?;
        let poll = |flight: &mut Flight| Pin::new(flight).poll(&mut Context::from_waker(&waker));
        match std::mem::replace(&mut self.state, State::Over) {
            State::Prepared { request, external } => {
                let call = || self.background.call(request, external);
                match self.listening.within(call) {
                    Ok(mut flight) => {
                        self.state = match poll(&mut flight) {
                            Poll::Pending => State::Flying(flight),
                            Poll::Ready(landed) => {
                                // The answer is here already, because this thread was held up. The
                                // loop goes on all the same: a series of such calls must not starve
                                // other tasks.
                                entry.wake_by_ref();
                                State::Landed(landed)
                            }
                        };
                        Poll::Pending
                    }
                    Err(error) => Poll::Ready(Err(errors::exception(py, &error))),
                }
            }
            State::Flying(mut flight) => match poll(&mut flight) {
                Poll::Pending => {
                    self.state = State::Flying(flight);
                    Poll::Pending
                }
                Poll::Ready(landed) => Poll::Ready(self.finish(py, landed)),
            },
            State::Landed(landed) => Poll::Ready(self.finish(py, landed)),
            State::Over => {
                let text = "cannot reuse already awaited coroutine";
                Poll::Ready(Err(PyRuntimeError::new_err(text)))
            }
        }
    }
}

impl Call {
    /// The call keeps its place under `max_concurrency` until its task has the result: to the end of
    /// this method, or until a large result is decoded.
    fn finish(&mut self, py: Python<'_>, landed: Landed) -> PyResult<Py<PyAny>> {
        std::mem::take(&mut self.listening).end(py)?;
        let (service, operation) = (self.service, self.operation);
        match &landed.outcome {
            Ok(Answer { payload: Payload::Whole(body), .. }) if body.len() >= DECODE_ELSEWHERE => {
                let undecoded = Undecoded { service, operation, landed: Some(landed) };
                Ok(Bound::new(py, undecoded)?.into_any().unbind())
            }
            _ => response(py, service, operation, landed),
        }
    }
}

/// A large response that is not decoded yet: call it, on any thread, for the dict.
#[pyclass(module = "fastbedrock._core")]
pub struct Undecoded {
    service: &'static Service,
    operation: &'static Operation,
    landed: Option<Landed>,
}

#[pymethods]
impl Undecoded {
    fn __call__(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.landed.take() {
            Some(landed) => errors::guarded(py, || {
                codec::pausing(offer_gil, || response(py, self.service, self.operation, landed))
            }),
            None => Ok(py.None()),
        }
    }
}

/// Lets other threads have the GIL: the event loop, which would stand still until the end.
fn offer_gil(py: Python<'_>) {
    // Enough for who waits to wake up and take it. Taken back at once, an offer would do harm: it
    // starts anew the 5 ms after which Python enforces a switch.
    py.detach(|| std::thread::sleep(Duration::from_micros(100)));
}

fn response(
    py: Python<'_>,
    service: &'static Service,
    operation: &'static Operation,
    landed: Landed,
) -> PyResult<Py<PyAny>> {
    let Landed { outcome, .. } = landed;
    let answer = outcome.map_err(|error| errors::exception(py, &error))?;
    static STREAMING_BODY: Imported =
        Imported::new("fastbedrock._asyncio.response", "AsyncStreamingBody");
    let dict = reply::response(py, service, operation, answer, |body, length| match body {
        Arriving::Frames(frames) => {
            let stream = AsyncEventStream::new(service, operation, frames);
            Ok(Bound::new(py, stream)?.into_any())
        }
        Arriving::Bytes(pieces) => {
            let raw = Bound::new(py, AsyncRawBody::new(pieces))?;
            crossing::call_function(py, &STREAMING_BODY, (raw, length))
        }
    })?;
    Ok(dict.into_any().unbind())
}
