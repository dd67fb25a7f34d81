//! One request of a call on the runtime: the value that its coroutine waits for.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake as _, Waker};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use super::failure::LastFailure;
use super::headers::texts;
use crate::call::given_request::GivenRequest;
use crate::call::response::{CallResponse, Payload};
use crate::drive::background::Background;
use crate::drive::chunks::StreamingPayload;
use crate::drive::pending_call::{FinishedCall, PendingCall};
use crate::model::{Operation, Service};
use crate::python::asyncio::awaited_value::AwaitedValue;
use crate::python::asyncio::waiting_slot::WaitingSlot;
use crate::python::bodies::asynchronous::AsyncRawBody;
use crate::python::errors;
use crate::python::logging::LoggedPart;
use crate::python::streams::asynchronous::AsyncEventStream;

/// One request and its response: status, headers, body. The body is bytes, or a stream.
pub struct AsyncExchange {
    pub background: Arc<Background>,
    pub service: &'static Service,
    pub operation: &'static Operation,
    pub logged: LoggedPart,
    pub failure: LastFailure,
    pub state: State,
}

pub enum State {
    Prepared(Box<GivenRequest>),
    Sent(PendingCall),
    /// The response has arrived. It is returned in the loop's next iteration.
    Finished(FinishedCall),
    Returned,
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
        let poll = |call: &mut PendingCall| Pin::new(call).poll(&mut Context::from_waker(&waker));
        match std::mem::replace(&mut self.state, State::Returned) {
            State::Prepared(request) => {
                let has_events = self.operation.output.event_stream().is_some();
                let start = || self.background.exchange(*request, has_events);
                match self.logged.within(start) {
                    Ok(mut pending) => {
                        self.state = match poll(&mut pending) {
                            Poll::Pending => State::Sent(pending),
                            Poll::Ready(finished) => {
                                // As for an ordinary call, the loop still runs an iteration.
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
