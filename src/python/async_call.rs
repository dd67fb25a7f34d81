//! An asynchronous call: the value that its coroutine waits for.

use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use pyo3::prelude::*;

use super::asyncio::awaited_value::AwaitedValue;
use super::asyncio::waiting_slot::WaitingSlot;
use super::background_call::BackgroundCall;
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
use crate::drive::pending_call::FinishedCall;
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
    state: BackgroundCall<(PreparedCall, CallOptions, Option<Identity>)>,
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
        let state = BackgroundCall::Prepared((call, options, identity));
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
        let polled = self.state.poll(py, slot, &waker, |(call, options, identity)| {
            self.logged.within(|| self.background.call(call, options, identity))
        });
        polled.map(|finished| self.finish(py, finished?))
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
