//! An executor for synchronous calls: drives a call on the thread that made it, without a runtime.
//!
//! The thread polls the call's future. During the poll, the future registers the sockets and the
//! deadline that it waits for. While the future is pending, the thread waits for them by poll(2). No
//! other thread takes part, which saves two thread switches per call, and a connection costs one file
//! descriptor. A tokio runtime with its I/O driver would cost three more.
//!
//! A pending future must therefore register what it waits for each time it is polled. Futures that
//! poll only those of their parts that were woken (`FuturesUnordered`, `JoinSet`) do not work here.

mod waits;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crate::error::Error;

use waits::Waits;
pub use waits::{Interest, check_sockets, is_current, is_silent, take_ready, wait_for, wait_until};

/// How often a waiting call asks whether its caller wants to stop.
pub const CHECK_INTERVAL: Duration = Duration::from_millis(100);

thread_local! {
    static WAKE_UP: Arc<WakeUp> = Arc::new(WakeUp {
        thread: thread::current(),
        woken: AtomicBool::new(false),
    });
}

struct WakeUp {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for WakeUp {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// A thread in poll(2) notices the wake-up only at its next check. That is soon enough: when
    /// other threads work for a call (name lookup, credential refresh), the call has no socket to
    /// wait for, so its thread is parked and wakes at once.
    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Runs the future on this thread. Calls `check` about every 100 ms and after a signal; an error that
/// `check` returns ends the wait and drops the future, which closes the future's connection.
pub fn run<T, E: From<Error>>(
    future: impl Future<Output = Result<T, Error>>,
    mut check: impl FnMut() -> Result<(), E>,
) -> Result<T, E> {
    let mut future = pin!(future);
    let wake_up = WAKE_UP.with(Clone::clone);
    let waker = Waker::from(wake_up.clone());
    let mut context = Context::from_waker(&waker);
    let mut waits = Waits::default();
    let mut next_check = Instant::now() + CHECK_INTERVAL;
    loop {
        if let Poll::Ready(outcome) = waits.poll(future.as_mut(), &mut context) {
            return outcome.map_err(E::from);
        }
        let woken = wake_up.woken.swap(false, Ordering::Acquire);
        let interrupted = waits.wait(woken, next_check)?;
        if interrupted || Instant::now() >= next_check {
            // Not while the future is polled: a signal handler may make calls of its own.
            check()?;
            next_check = Instant::now() + CHECK_INTERVAL;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::error::Kind;
    use crate::runtime::timer;

    fn finish<T>(future: impl Future<Output = T>) -> T {
        let keep_waiting = || Ok::<(), Error>(());
        run(async { Ok(future.await) }, keep_waiting).unwrap()
    }

    #[test]
    fn a_timer_fires_in_time_and_the_callers_check_runs_meanwhile() {
        let start = Instant::now();
        let mut checks = 0;
        let slept = run(
            async {
                timer::sleep(Duration::from_millis(350)).await;
                Ok(())
            },
            || {
                checks += 1;
                Ok::<(), Error>(())
            },
        );
        slept.unwrap();
        assert!(start.elapsed() >= Duration::from_millis(350));
        assert!(checks >= 2, "checked {checks} times");
    }

    #[test]
    fn an_error_of_the_check_ends_the_wait() {
        let refusal = || Error::new(Kind::NoCredentials);
        let outcome: Result<Infallible, Error> = run(std::future::pending(), || Err(refusal()));
        assert!(outcome.unwrap_err().is_no_credentials());
        assert!(!is_current());
    }

    #[test]
    fn another_thread_wakes_the_call_at_once() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let sending = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            sender.send(Instant::now()).unwrap();
        });
        let sent = finish(receiver).unwrap();
        assert!(sent.elapsed() < Duration::from_millis(60));
        sending.join().unwrap();
    }

    #[test]
    fn a_call_inside_a_check_does_not_disturb_the_outer_call() {
        let outer = run(
            async {
                timer::sleep(Duration::from_millis(250)).await;
                assert!(is_current());
                Ok(1)
            },
            || {
                assert!(!is_current());
                assert_eq!(finish(async { 2 }), 2);
                Ok::<(), Error>(())
            },
        );
        assert_eq!(outer.unwrap(), 1);
    }

    #[test]
    fn a_panic_leaves_the_thread_as_it_was() {
        let caught = std::panic::catch_unwind(|| {
            let _: Result<(), Error> = run(async { panic!("a fault") }, || Ok(()));
        });
        assert!(caught.is_err());
        assert!(!is_current());
    }
}
