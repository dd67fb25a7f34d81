//! An asynchronous call: the value that its coroutine waits for.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake as _, Waker};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::asyncio::awaited_value::AwaitedValue;
use super::asyncio::waiting_slot::WaitingSlot;
use super::bodies::asynchronous::AsyncRawBody;
use super::interpreter::imported::Imported;
use super::interpreter::python_calls;
use super::logging::LoggedCall;
use super::streams::asynchronous::AsyncEventStream;
use super::{errors, response};
use crate::call::options::CallOptions;
use crate::call::prepared::PreparedCall;
use crate::call::response::{CallResponse, Payload};
use crate::codec;
use crate::credentials::Identity;
use crate::drive::background::Background;
use crate::drive::chunks::StreamingPayload;
use crate::drive::pending_call::{FinishedCall, PendingCall};
use crate::model::{Operation, Service};

/// Bodies of this size or more are decoded on another thread than the event loop's. Measured by
/// `bench/loop_thread.py`: decoding small values of this size takes 2.5 ms, and if another thread
/// decodes them, the loop is blocked for 0.5 ms. Decoding text of this size takes 0.05 ms, and
/// handing it to another thread takes 0.1 ms, so smaller bodies stay on the loop's thread.
pub const DECODE_ELSEWHERE: usize = 256 * 1024;

pub struct AsyncCall {
    background: Arc<Background>,
    service: &'static Service,
    operation: &'static Operation,
    logged: LoggedCall,
    state: State,
}

enum State {
    Prepared(PreparedCall, CallOptions, Option<Identity>),
    Sent(PendingCall),
    /// The response has arrived. It is returned in the loop's next iteration.
    Finished(FinishedCall),
    Returned,
}

impl AsyncCall {
    /// `identity` is the one that Python provides for the call, if the engine finds none itself.
    pub fn new(
        background: Arc<Background>,
        service: &'static Service,
        call: PreparedCall,
        options: CallOptions,
        identity: Option<Identity>,
        logged: LoggedCall,
    ) -> Self {
        let operation = call.operation;
        let state = State::Prepared(call, options, identity);
        AsyncCall { background, service, operation, logged, state }
    }

    /// The call keeps its permit of `max_concurrency` until its task has the result: to the end of
    /// this method, or until a large result is decoded.
    fn finish(&mut self, py: Python<'_>, finished: FinishedCall) -> PyResult<Py<PyAny>> {
        std::mem::take(&mut self.logged).end(py)?;
        let (service, operation) = (self.service, self.operation);
        match &finished.result {
            Ok(CallResponse { payload: Payload::Whole(body), .. })
                if body.len() >= DECODE_ELSEWHERE =>
            {
                let undecoded = Undecoded { service, operation, finished: Some(finished) };
                Ok(Bound::new(py, undecoded)?.into_any().unbind())
            }
            _ => parse(py, service, operation, finished),
        }
    }
}

impl AwaitedValue for AsyncCall {
    fn poll(&mut self, py: Python<'_>, slot: &Arc<WaitingSlot>) -> Poll<PyResult<Py<PyAny>>> {
        let waker = Waker::from(slot.clone());
        self.logged.flush(py, &waker)?;
        let poll = |call: &mut PendingCall| Pin::new(call).poll(&mut Context::from_waker(&waker));
        match std::mem::replace(&mut self.state, State::Returned) {
            State::Prepared(call, options, identity) => {
                let start = || self.background.call(call, options, identity);
                match self.logged.within(start) {
                    Ok(mut pending) => {
                        self.state = match poll(&mut pending) {
                            Poll::Pending => State::Sent(pending),
                            Poll::Ready(finished) => {
                                // The response has arrived already, because this thread was
                                // delayed. The loop still runs an iteration: a series of such
                                // calls must not starve other tasks.
                                slot.wake_by_ref();
                                State::Finished(finished)
                            }
                        };
                        Poll::Pending
                    }
                    Err(error) => Poll::Ready(Err(errors::exception(py, &error))),
                }
            }
            State::Sent(mut pending) => match poll(&mut pending) {
                Poll::Pending => {
                    self.state = State::Sent(pending);
                    Poll::Pending
                }
                Poll::Ready(finished) => Poll::Ready(self.finish(py, finished)),
            },
            State::Finished(finished) => Poll::Ready(self.finish(py, finished)),
            State::Returned => {
                let text = "cannot reuse already awaited coroutine";
                Poll::Ready(Err(PyRuntimeError::new_err(text)))
            }
        }
    }
}

/// A large response that is not decoded yet. Calling it, on any thread, returns the dict.
#[pyclass(module = "fastbedrock._core")]
pub struct Undecoded {
    service: &'static Service,
    operation: &'static Operation,
    finished: Option<FinishedCall>,
}

#[pymethods]
impl Undecoded {
    fn __call__(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.finished.take() {
            Some(finished) => errors::guarded(py, || {
                codec::pausing(offer_gil, || parse(py, self.service, self.operation, finished))
            }),
            None => Ok(py.None()),
        }
    }
}

/// Offers the GIL to other threads. Otherwise the event loop would be blocked until all is decoded.
pub fn offer_gil(py: Python<'_>) {
    // The sleep is long enough for a waiting thread to wake up and take the GIL. Taking the
    // GIL back at once would do harm: it restarts the 5 ms after which Python enforces a switch.
    py.detach(|| std::thread::sleep(Duration::from_micros(100)));
}

fn parse(
    py: Python<'_>,
    service: &'static Service,
    operation: &'static Operation,
    finished: FinishedCall,
) -> PyResult<Py<PyAny>> {
    let FinishedCall { result, .. } = finished;
    let response = result.map_err(|error| errors::exception(py, &error))?;
    static STREAMING_BODY: Imported =
        Imported::new("fastbedrock._asyncio.response", "AsyncStreamingBody");
    let dict = response::parse(py, service, operation, response, |body, length| match body {
        StreamingPayload::Frames(frames) => {
            let stream = AsyncEventStream::new(service, operation, frames);
            Ok(Bound::new(py, stream)?.into_any())
        }
        StreamingPayload::Bytes(chunks) => {
            let raw = Bound::new(py, AsyncRawBody::new(chunks))?;
            python_calls::call_function(py, &STREAMING_BODY, (raw, length))
        }
    })?;
    Ok(dict.into_any().unbind())
}
