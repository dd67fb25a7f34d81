//! One request of a call on the runtime: the value that its coroutine waits for.

use std::sync::Arc;
use std::task::{Poll, Waker};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use super::failure::LastFailure;
use super::headers::texts;
use crate::call::given_request::GivenRequest;
use crate::call::response::{CallResponse, Payload};
use crate::drive::background::Background;
use crate::drive::chunks::StreamingPayload;
use crate::drive::pending_call::FinishedCall;
use crate::model::{Operation, Service};
use crate::python::asyncio::awaited_value::AwaitedValue;
use crate::python::asyncio::waiting_slot::WaitingSlot;
use crate::python::background_call::BackgroundCall;
use crate::python::bodies::asynchronous::AsyncRawBody;
use crate::python::logging::LoggedPart;
use crate::python::streams::asynchronous::AsyncEventStream;

/// One request and its response: status, headers, body. The body is bytes, or a stream.
pub struct AsyncExchange {
    pub background: Arc<Background>,
    pub service: &'static Service,
    pub operation: &'static Operation,
    pub logged: LoggedPart,
    pub failure: LastFailure,
    pub state: BackgroundCall<Box<GivenRequest>>,
}

impl AsyncExchange {
    fn finish(&self, py: Python<'_>, finished: FinishedCall) -> PyResult<Py<PyAny>> {
        self.logged.flush(py, None)?;
        let FinishedCall { result, .. } = finished;
        let response = result.map_err(|error| self.failure.keep(py, error))?;
        let parts = parts(py, response, |payload| match payload {
            StreamingPayload::Frames(frames) => {
                let stream = AsyncEventStream::new(self.service, self.operation, frames);
                Ok(Bound::new(py, stream)?.into_any())
            }
            StreamingPayload::Bytes(chunks) => {
                Ok(Bound::new(py, AsyncRawBody::new(chunks))?.into_any())
            }
        })?;
        Ok(parts.into_any().unbind())
    }
}

/// Status, headers and body.
pub fn parts<'py, B>(
    py: Python<'py>,
    response: CallResponse<B>,
    wrap: impl FnOnce(B) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyTuple>> {
    let CallResponse { head, payload } = response;
    let body = match payload {
        Payload::Whole(body) => PyBytes::new(py, &body).into_any(),
        Payload::Streaming(body) => wrap(body)?,
    };
    (head.status, texts(&head.headers), body).into_pyobject(py)
}

impl AwaitedValue for AsyncExchange {
    fn poll(&mut self, py: Python<'_>, slot: &Arc<WaitingSlot>) -> Poll<PyResult<Py<PyAny>>> {
        let waker = Waker::from(slot.clone());
        self.logged.flush(py, Some(&waker))?;
        let has_events = self.operation.output.event_stream().is_some();
        let polled = self.state.poll(py, slot, &waker, |request| {
            self.logged.within(|| self.background.exchange(*request, has_events))
        });
        polled.map(|finished| self.finish(py, finished?))
    }
}
