//! Drives a synchronous call on the thread that made it, without a runtime.
//!
//! The thread polls the call's future. While it is polled, the future names the sockets and the
//! deadline that it waits for; when it is pending, poll(2) waits for these. No other thread takes
//! part, which saves two thread switches per call, and a connection costs one file descriptor:
//! a tokio runtime with its I/O driver would add three.
//!
//! Every pending future must therefore name what it waits for each time it is polled. Futures that
//! poll only those of their parts that were woken (`FuturesUnordered`, `JoinSet`) do not fit.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::net::TcpStream;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::error::{Error, Kind};

/// How often a waiting call asks whether its caller wants to stop.
pub const CHECK_EVERY: Duration = Duration::from_millis(100);

/// What a socket waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    Readable,
    Writable,
}

impl Interest {
    fn flags(self) -> PollFlags {
        match self {
            Interest::Readable => PollFlags::IN,
            Interest::Writable => PollFlags::OUT,
        }
    }
}

thread_local! {
    /// Present while this thread polls a call's future.
    static CURRENT: RefCell<Option<Waits>> = const { RefCell::new(None) };
    static WAKE_UP: Arc<WakeUp> = Arc::new(WakeUp {
        thread: thread::current(),
        woken: AtomicBool::new(false),
    });
}

/// What one future waits for.
#[derive(Default)]
struct Waits {
    /// Named since the last poll(2).
    sockets: Vec<(Arc<TcpStream>, PollFlags)>,
    /// What that poll(2) found.
    ready: Vec<(Arc<TcpStream>, PollFlags)>,
    deadline: Option<Instant>,
    /// The future only wants to know the state of its sockets.
    checks_sockets: bool,
}

struct WakeUp {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for WakeUp {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// A thread inside poll(2) notices this at its next check only. That is soon enough: what
    /// other threads do for a call (name lookup, refreshed credentials) happens while it has no
    /// socket to wait for.
    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Runs the future on this thread. About every 100 ms, and when a signal arrives, `check` is asked
/// whether to go on; its error ends the wait and drops the future, which closes its connection.
pub fn run<T, E: From<Error>>(
    future: impl Future<Output = Result<T, Error>>,
    mut check: impl FnMut() -> Result<(), E>,
) -> Result<T, E> {
    let mut future = pin!(future);
    let wake_up = WAKE_UP.with(Clone::clone);
    let waker = Waker::from(wake_up.clone());
    let mut context = Context::from_waker(&waker);
    let mut waits = Waits::default();
    let mut next_check = Instant::now() + CHECK_EVERY;
    loop {
        if let Poll::Ready(outcome) = waits.poll(future.as_mut(), &mut context) {
            return outcome.map_err(E::from);
        }
        let interrupted = waits.wait(&wake_up, next_check)?;
        if interrupted || Instant::now() >= next_check {
            // Outside the future: a signal's handler may make calls of its own.
            check()?;
            next_check = Instant::now() + CHECK_EVERY;
        }
    }
}

/// Whether this thread is polling the future of a synchronous call.
pub fn is_current() -> bool {
    CURRENT.with_borrow(Option::is_some)
}

/// Has the future polled again once the socket is ready.
pub fn wait_for(socket: &Arc<TcpStream>, interest: Interest) {
    with_current(|waits| waits.sockets.push((socket.clone(), interest.flags())));
}

/// Whether the last poll(2) found the socket ready, said once.
pub fn take_ready(socket: &Arc<TcpStream>, interest: Interest) -> bool {
    // An error or a hang-up shows when the socket is used.
    let wanted = interest.flags() | PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    let found = with_current(|waits| {
        let ready = &mut waits.ready;
        let place = ready
            .iter()
            .position(|(ready, flags)| Arc::ptr_eq(ready, socket) && flags.intersects(wanted));
        place.map(|place| ready.swap_remove(place))
    });
    found.flatten().is_some()
}

/// Has the future polled again at that time at the latest.
pub fn wait_until(deadline: Instant) {
    with_current(|waits| {
        waits.deadline = Some(waits.deadline.map_or(deadline, |other| other.min(deadline)));
    });
}

/// Lets the sockets that were named in this poll be checked, without waiting for them. On a tokio
/// runtime: lets its I/O driver check them.
pub async fn check_sockets() {
    if !is_current() {
        return tokio::task::yield_now().await;
    }
    let mut checked = false;
    poll_fn(|_| {
        if std::mem::replace(&mut checked, true) {
            return Poll::Ready(());
        }
        with_current(|waits| waits.checks_sockets = true);
        Poll::Pending
    })
    .await;
}

fn with_current<T>(work: impl FnOnce(&mut Waits) -> T) -> Option<T> {
    CURRENT.with_borrow_mut(|waits| waits.as_mut().map(work))
}

/// Restores what the thread polled before, also when the future panics.
struct Restore(Option<Waits>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

impl Waits {
    fn poll<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        context: &mut Context<'_>,
    ) -> Poll<F::Output> {
        self.sockets.clear();
        self.deadline = None;
        self.checks_sockets = false;
        let _restore = Restore(CURRENT.replace(Some(std::mem::take(self))));
        let polled = future.poll(context);
        *self = CURRENT.take().unwrap_or_default();
        polled
    }

    /// Waits until the future can go on, or until `next_check`. True if a signal ended the wait.
    fn wait(&mut self, wake_up: &WakeUp, next_check: Instant) -> Result<bool, Error> {
        self.ready.clear();
        let woken = wake_up.woken.swap(false, Ordering::Acquire);
        if woken && !self.checks_sockets {
            return Ok(false);
        }
        let timeout = if self.checks_sockets {
            Duration::ZERO
        } else {
            let until = self.deadline.map_or(next_check, |deadline| deadline.min(next_check));
            until.saturating_duration_since(Instant::now())
        };
        if self.sockets.is_empty() {
            if !timeout.is_zero() {
                thread::park_timeout(timeout);
            }
            return Ok(false);
        }
        let mut descriptors: Vec<PollFd<'_>> =
            self.sockets.iter().map(|(socket, flags)| PollFd::new(&**socket, *flags)).collect();
        let timeout = Timespec {
            tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        };
        match poll(&mut descriptors, Some(&timeout)) {
            Ok(_) => {
                let found: Vec<PollFlags> = descriptors.iter().map(PollFd::revents).collect();
                let named = self.sockets.drain(..).map(|(socket, _)| socket);
                self.ready.extend(named.zip(found).filter(|(_, found)| !found.is_empty()));
                Ok(false)
            }
            Err(Errno::INTR) => Ok(true),
            Err(error) => {
                let error = format!("the call cannot wait for its connection: {error}");
                Err(Error::new(Kind::HttpClient { error }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::runtime::timer;

    fn finish<T>(future: impl Future<Output = T>) -> T {
        let never_stop = || Ok::<(), Error>(());
        run(async { Ok(future.await) }, never_stop).unwrap()
    }

    #[test]
    fn a_timer_fires_in_time_and_the_caller_is_asked_meanwhile() {
        let start = Instant::now();
        let mut asked = 0;
        let slept = run(
            async {
                timer::sleep(Duration::from_millis(350)).await;
                Ok(())
            },
            || {
                asked += 1;
                Ok::<(), Error>(())
            },
        );
        slept.unwrap();
        assert!(start.elapsed() >= Duration::from_millis(350));
        assert!(asked >= 2, "asked {asked} times");
    }

    #[test]
    fn the_callers_error_ends_the_wait() {
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
    fn a_call_inside_a_check_leaves_the_outer_one_alone() {
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
