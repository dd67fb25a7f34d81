//! What a call's future waits for: sockets and a deadline.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::net::TcpStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::error::{Error, Kind};

/// What a future waits for on a socket.
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
    /// Present while this thread polls the future of a call.
    static CURRENT: RefCell<Option<Waits>> = const { RefCell::new(None) };
}

/// What one future waits for.
#[derive(Default)]
pub(super) struct Waits {
    /// Registered since the last poll(2).
    sockets: Vec<(Arc<TcpStream>, PollFlags)>,
    /// The sockets that the last poll(2) found ready.
    ready: Vec<(Arc<TcpStream>, PollFlags)>,
    deadline: Option<Instant>,
    /// The future wants to know the state of its sockets and does not wait for them.
    checks_sockets: bool,
}

/// Whether this thread is polling the future of a synchronous call.
pub fn is_current() -> bool {
    CURRENT.with_borrow(Option::is_some)
}

/// Registers a socket: the future is polled again once the socket is ready.
pub fn wait_for(socket: &Arc<TcpStream>, interest: Interest) {
    with_current(|waits| waits.sockets.push((socket.clone(), interest.flags())));
}

/// Whether the last poll(2) found the socket ready. A second call returns false.
pub fn take_ready(socket: &Arc<TcpStream>, interest: Interest) -> bool {
    // The read or write that follows reports an error or a hang-up.
    let wanted = interest.flags() | PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
    let found = with_current(|waits| {
        let ready = &mut waits.ready;
        let index = ready
            .iter()
            .position(|(ready, flags)| Arc::ptr_eq(ready, socket) && flags.intersects(wanted));
        index.map(|index| ready.swap_remove(index))
    });
    found.flatten().is_some()
}

/// Registers a deadline: the future is polled again at that time at the latest.
pub fn wait_until(deadline: Instant) {
    with_current(|waits| {
        waits.deadline = Some(waits.deadline.map_or(deadline, |other| other.min(deadline)));
    });
}

/// Whether nothing has arrived at the socket, not even its end. Faster than [`check_sockets`].
pub fn is_silent(socket: &Arc<TcpStream>) -> bool {
    let timeout = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut [PollFd::new(&**socket, PollFlags::IN)], Some(&timeout)) == Ok(0)
}

/// Checks the sockets that were registered during this poll, without waiting for them. On a tokio
/// runtime, lets the runtime's I/O driver check them.
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

/// Restores the outer call's waits on drop, so that a panic of the future restores them too.
struct Restore(Option<Waits>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

impl Waits {
    pub(super) fn poll<F: Future>(
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

    /// Waits until the future can continue, or until `next_check`. `woken`: a waker was called since
    /// the last wait. Returns true if a signal ended the wait.
    pub(super) fn wait(&mut self, woken: bool, next_check: Instant) -> Result<bool, Error> {
        self.ready.clear();
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
                let registered = self.sockets.drain(..).map(|(socket, _)| socket);
                self.ready.extend(registered.zip(found).filter(|(_, found)| !found.is_empty()));
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
