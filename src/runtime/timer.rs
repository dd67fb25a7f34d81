//! Timers that work on a caller's thread as well as on the tokio runtime.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

use crate::runtime::caller_thread;

/// A timer, for one wait or for one wait after another.
///
/// On the runtime, the timer of a wait that ended in time stays set. If it fires in a later wait, it is
/// set again. To set a timer for each wait and to take it back would cost as much as to read a small
/// chunk of a stream.
#[derive(Default)]
pub struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// The future's output, or `None` if the future takes longer than `limit`. `None` as the limit
    /// means no limit.
    pub async fn timeout<T>(
        &mut self,
        limit: Option<Duration>,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        let mut future = pin!(future);
        // The clock is not read if the output is available at once.
        let mut end = None;
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => match *end.get_or_insert_with(|| deadline(limit)) {
                Some(end) => self.poll(end, context).map(|()| None),
                None => Poll::Pending,
            },
        })
        .await
    }

    /// Ready once `end` has passed.
    fn poll(&mut self, end: Instant, context: &mut Context<'_>) -> Poll<()> {
        if caller_thread::is_current() {
            if Instant::now() >= end {
                return Poll::Ready(());
            }
            caller_thread::wait_until(end);
            return Poll::Pending;
        }
        let end = end.into();
        let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        if sleep.deadline() > end {
            sleep.as_mut().reset(end);
        }
        while sleep.as_mut().poll(context).is_ready() {
            if sleep.deadline() == end {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(end);
        }
        Poll::Pending
    }
}

/// The end of a wait that begins now. `None` means that the wait never ends: there is no limit, or
/// the clock cannot express the end.
pub fn deadline(limit: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_add(limit?)
}

/// Waits for `duration`.
pub async fn sleep(duration: Duration) {
    timeout(Some(duration), std::future::pending::<()>()).await;
}

/// The future's output, or `None` if the deadline passes first. Without a deadline there is no limit.
pub async fn timeout_at<T>(
    deadline: Option<Instant>,
    future: impl Future<Output = T>,
) -> Option<T> {
    let Some(deadline) = deadline else { return Some(future.await) };
    let mut future = pin!(future);
    let mut timer = Timer::default();
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => timer.poll(deadline, context).map(|()| None),
    })
    .await
}

/// [`Timer::timeout`] for a single wait.
pub async fn timeout<T>(limit: Option<Duration>, future: impl Future<Output = T>) -> Option<T> {
    Timer::default().timeout(limit, future).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(30);
    const LONG: Duration = Duration::from_secs(3600);

    /// Whether a wait of `duration` ends within `limit`; if not, it takes `limit`.
    async fn ends(timer: &mut Timer, limit: Duration, duration: Duration) -> bool {
        let start = Instant::now();
        let output = timer.timeout(Some(limit), tokio::time::sleep(duration)).await;
        assert!(start.elapsed() >= duration.min(limit));
        output.is_some()
    }

    #[tokio::test]
    async fn each_wait_has_its_own_end_whatever_came_before() {
        let mut timer = Timer::default();
        assert!(ends(&mut timer, SHORT * 2, SHORT).await);
        // The timer fires in the middle of this wait.
        assert!(!ends(&mut timer, SHORT * 2, LONG).await);
        // It has fired before this wait begins.
        assert!(ends(&mut timer, LONG, SHORT).await);
        // It is set to a later time than the end of this wait.
        assert!(!ends(&mut timer, SHORT, LONG).await);
        assert!(timer.timeout(None, tokio::time::sleep(SHORT)).await.is_some());
    }
}
