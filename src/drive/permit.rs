//! The permit that a call needs under `max_concurrency`.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::log;

/// A request for a permit.
pub enum PermitRequest {
    Granted(Option<OwnedSemaphorePermit>),
    Queued(Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send>>),
}

impl PermitRequest {
    /// Joins the queue at once, because tasks do not start in the order in which they are spawned.
    pub fn new(limit: Arc<Semaphore>) -> Self {
        let mut permit = Box::pin(limit.acquire_owned());
        match permit.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(permit) => PermitRequest::Granted(permit.ok()),
            Poll::Pending => PermitRequest::Queued(permit),
        }
    }

    pub fn is_queued(&self) -> bool {
        matches!(self, PermitRequest::Queued(_))
    }

    /// Waits for the permit.
    pub async fn granted(self) -> Option<OwnedSemaphorePermit> {
        match self {
            PermitRequest::Granted(permit) => permit,
            PermitRequest::Queued(permit) => {
                log::queued();
                let since = log::now();
                let permit = permit.await.ok();
                log::dequeued(since);
                permit
            }
        }
    }
}
