//! Timers for code that runs on a caller's thread as well as on the tokio runtime.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use crate::runtime::caller_thread;

pin_project! {
    #[project = TimerProjection]
    enum Timer {
        Runtime { #[pin] sleep: tokio::time::Sleep },
        CallerThread { deadline: Instant },
    }
}

impl Timer {
    fn until(deadline: Instant) -> Self {
        if caller_thread::is_current() {
            Timer::CallerThread { deadline }
        } else {
            Timer::Runtime { sleep: tokio::time::sleep_until(deadline.into()) }
        }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.project() {
            TimerProjection::Runtime { sleep } => sleep.poll(context),
            TimerProjection::CallerThread { deadline } => {
                if Instant::now() >= *deadline {
                    return Poll::Ready(());
                }
                caller_thread::wait_until(*deadline);
                Poll::Pending
            }
        }
    }
}

/// When a wait that begins now ends; `None`: never, also where the time is beyond what the clock
/// can express.
pub fn deadline(limit: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_add(limit?)
}

/// Waits that long.
pub async fn sleep(duration: Duration) {
    match deadline(Some(duration)) {
        Some(deadline) => Timer::until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The future's output, or `None` once the deadline has passed.
pub async fn before<T>(deadline: Option<Instant>, future: impl Future<Output = T>) -> Option<T> {
    let Some(deadline) = deadline else { return Some(future.await) };
    let mut future = pin!(future);
    let mut timer = pin!(Timer::until(deadline));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => timer.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// The future's output, or `None` once it has taken longer than the limit.
pub async fn within<T>(limit: Option<Duration>, future: impl Future<Output = T>) -> Option<T> {
    before(deadline(limit), future).await
}
