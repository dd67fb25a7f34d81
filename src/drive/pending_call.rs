//! An asynchronous call between its start and its response.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::AbortOnDropHandle;

use crate::call::response::CallResponse;
use crate::drive::chunks::{StreamingPayload, forked};
use crate::error::Error;
use crate::runtime::fork::ForkGuarded;
use crate::runtime::panics;

/// A running call, as a future of its result. Dropping it aborts the request.
pub struct PendingCall(ForkGuarded<AbortOnDropHandle<FinishedCall>>);

/// The result of a call. It holds the permit of `max_concurrency` until it is dropped. If the next
/// call got the permit as soon as a response arrives, unhandled responses would pile up, and the
/// event loop would handle all of them at once.
pub struct FinishedCall {
    pub result: Result<CallResponse<StreamingPayload>, Error>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl FinishedCall {
    pub fn new(
        result: Result<CallResponse<StreamingPayload>, Error>,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Self {
        FinishedCall { result, _permit: permit }
    }

    fn failed(error: Error) -> Self {
        FinishedCall::new(Err(error), None)
    }
}

impl PendingCall {
    pub fn new(task: AbortOnDropHandle<FinishedCall>) -> Self {
        PendingCall(ForkGuarded::new(task))
    }
}

impl Future for PendingCall {
    type Output = FinishedCall;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(task) = self.0.get_mut() else {
            return Poll::Ready(FinishedCall::failed(forked()));
        };
        let ended_early = |error| FinishedCall::failed(panics::ended_early(error));
        Pin::new(task).poll(context).map(|ended| ended.unwrap_or_else(ended_early))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn failure(task: impl Future<Output = FinishedCall> + Send + 'static) -> String {
        let finished = PendingCall::new(AbortOnDropHandle::new(tokio::spawn(task))).await;
        finished.result.err().unwrap().to_string()
    }

    #[tokio::test]
    async fn a_panic_and_a_shutdown_are_different_errors() {
        let error = failure(async { panic!("early") }).await;
        assert!(error.contains("bug") && error.contains("early"), "{error}");

        let task = tokio::spawn(std::future::pending());
        task.abort();
        let finished = PendingCall::new(AbortOnDropHandle::new(task)).await;
        let error = finished.result.err().unwrap().to_string();
        assert!(error.contains("shut down") && !error.contains("bug"), "{error}");
    }
}
