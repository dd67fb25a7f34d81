//! Timers that work on a caller's thread as well as on the tokio runtime.

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

/// The end of a wait that begins now. `None` means that the wait never ends: there is no limit, or
/// the clock cannot express the end.
pub fn deadline(limit: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_add(limit?)
}

/// Waits for `duration`.
pub async fn sleep(duration: Duration) {
    match deadline(Some(duration)) {
        Some(deadline) => Timer::until(deadline).await,
        None => std::future::pending().await,
    }
}

/// The future's output, or `None` if the deadline passes first. Without a deadline there is no limit.
pub async fn timeout_at<T>(
    deadline: Option<Instant>,
    future: impl Future<Output = T>,
) -> Option<T> {
    let Some(deadline) = deadline else { return Some(future.await) };
    let mut future = pin!(future);
    let mut timer = pin!(Timer::until(deadline));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => timer.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// The future's output, or `None` if the future takes longer than `limit`. `None` as the limit means
/// no limit.
pub async fn timeout<T>(limit: Option<Duration>, future: impl Future<Output = T>) -> Option<T> {
    timeout_at(deadline(limit), future).await
}
