//! A call, or one request of a call, on the runtime: from before its start to its result.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake as _, Waker};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::asyncio::waiting_slot::WaitingSlot;
use super::errors;
use crate::drive::pending_call::{FinishedCall, PendingCall};
use crate::error::Error;

pub enum BackgroundCall<T> {
    Prepared(T),
    Sent(PendingCall),
    /// The response has arrived. It is returned in the loop's next iteration.
    Finished(FinishedCall),
    Returned,
}

impl<T> BackgroundCall<T> {
    /// The result, which is returned once. The first poll starts the call. `waker` wakes `slot`.
    pub fn poll(
        &mut self,
        py: Python<'_>,
        slot: &Arc<WaitingSlot>,
        waker: &Waker,
        start: impl FnOnce(T) -> Result<PendingCall, Error>,
    ) -> Poll<PyResult<FinishedCall>> {
        let poll = |call: &mut PendingCall| Pin::new(call).poll(&mut Context::from_waker(waker));
        match std::mem::replace(self, BackgroundCall::Returned) {
            BackgroundCall::Prepared(prepared) => match start(prepared) {
                Ok(mut pending) => {
                    *self = match poll(&mut pending) {
                        Poll::Pending => BackgroundCall::Sent(pending),
                        Poll::Ready(finished) => {
                            // The response has arrived already, because this thread was delayed.
                            // The loop still runs an iteration: a series of such calls must not
                            // starve other tasks.
                            slot.wake_by_ref();
                            BackgroundCall::Finished(finished)
                        }
                    };
                    Poll::Pending
                }
                Err(error) => Poll::Ready(Err(errors::exception(py, &error))),
            },
            BackgroundCall::Sent(mut pending) => match poll(&mut pending) {
                Poll::Pending => {
                    *self = BackgroundCall::Sent(pending);
                    Poll::Pending
                }
                Poll::Ready(finished) => Poll::Ready(Ok(finished)),
            },
            BackgroundCall::Finished(finished) => Poll::Ready(Ok(finished)),
            BackgroundCall::Returned => {
                let text = "cannot reuse already awaited coroutine";
                Poll::Ready(Err(PyRuntimeError::new_err(text)))
            }
        }
    }
}
