//! The body of a synchronous call: read from any thread, closed from any thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;

use crate::error::{Error, Kind};
use crate::http::body::Body;
use crate::http::socket::AbortHandle;
use crate::runtime::caller_thread::{self, CHECK_INTERVAL};
use crate::runtime::fork::ForkGuarded;

/// A body, and what its consumer keeps from one read to the next (`S`: a decoder, a buffer).
///
/// Threads take turns. No lock is held while one of them reads: others wait with an eye on
/// signals, and whoever closes the body or forks the process does not wait at all.
pub struct Reader<S> {
    /// Of no use in a forked child, which would read from its parent's connection.
    desk: ForkGuarded<Mutex<Desk<S>>>,
    /// Told when a turn is over.
    freed: Condvar,
    closed: AtomicBool,
    /// Told on close: wakes the thread that waits for a piece.
    closing: Notify,
    /// Wakes a thread that waits for the socket.
    abort_handle: Option<AbortHandle>,
}

struct Desk<S> {
    /// Absent while a thread has its turn.
    reading: Option<Reading<S>>,
    turn_of: Option<ThreadId>,
    /// A new limit of silence, not yet in effect.
    read_timeout: Option<Option<Duration>>,
}

struct Reading<S> {
    state: S,
    /// Gone once the body is at its end, failed or closed.
    body: Option<Body>,
}

/// A thread's turn at reading.
pub struct Turn<'a, S: Default> {
    pub state: S,
    body: Option<Body>,
    reader: &'a Reader<S>,
    desk: &'a Mutex<Desk<S>>,
}

impl<S: Default> Reader<S> {
    pub fn new(mut body: Body) -> Self {
        let abort_handle = body.abort_handle();
        let reading = Reading { state: S::default(), body: Some(body) };
        let desk = Desk { reading: Some(reading), turn_of: None, read_timeout: None };
        Reader {
            desk: ForkGuarded::new(Mutex::new(desk)),
            freed: Condvar::new(),
            closed: AtomicBool::new(false),
            closing: Notify::new(),
            abort_handle,
        }
    }

    /// Waits for this thread's turn. `check` is asked about every 100 ms whether to go on.
    ///
    /// Errors: `ResponseStreamingError` in a forked child, and on a thread that reads already (in
    /// a signal handler).
    pub fn turn<E: From<Error>>(
        &self,
        mut check: impl FnMut() -> Result<(), E>,
    ) -> Result<Turn<'_, S>, E> {
        let desk = self.desk.get().ok_or_else(|| refusal("belongs to the process that forked"))?;
        let this_thread = thread::current().id();
        let mut held = lock(desk);
        loop {
            if let Some(Reading { state, body }) = held.reading.take() {
                held.turn_of = Some(this_thread);
                return Ok(Turn { state, body, reader: self, desk });
            }
            if held.turn_of == Some(this_thread) {
                return Err(refusal("is being read on this thread already").into());
            }
            let (again, wait) = self
                .freed
                .wait_timeout(held, CHECK_INTERVAL)
                .unwrap_or_else(PoisonError::into_inner);
            held = again;
            if wait.timed_out() {
                drop(held);
                check()?;
                held = lock(desk);
            }
        }
    }

    /// Works with the state at once, or not at all where that means to wait.
    pub fn try_with<T>(&self, work: impl FnOnce(&mut S) -> T) -> Option<T> {
        let mut desk = self.desk.get()?.try_lock().ok()?;
        desk.reading.as_mut().map(|reading| work(&mut reading.state))
    }

    /// Changes how long a silence between two pieces may last, from the next piece on.
    pub fn set_read_timeout(&self, limit: Option<Duration>) {
        if let Some(desk) = self.desk.get() {
            lock(desk).read_timeout = Some(limit);
        }
    }

    /// Ends the body: aborts the request if it still runs, wakes whoever waits for a piece.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let Some(desk) = self.desk.get() else { return };
        let body = lock(desk).reading.as_mut().and_then(|reading| reading.body.take());
        drop(body);
        // A thread that has its turn drops the body at the end of it.
        self.closing.notify_one();
        self.abort_handle.iter().for_each(AbortHandle::abort);
        self.let_go();
    }

    /// Lets the descriptor go with the connection.
    fn let_go(&self) {
        self.abort_handle.iter().for_each(AbortHandle::disarm);
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    async fn closing(&self) {
        while !self.is_closed() {
            self.closing.notified().await;
        }
    }
}

impl<S: Default> Turn<'_, S> {
    /// The next piece; `None` at the end and after [`Reader::close`]. Blocks; `check` is asked
    /// about every 100 ms whether to go on, and nothing is lost when it says no.
    pub fn chunk<E: From<Error>>(
        &mut self,
        check: impl FnMut() -> Result<(), E>,
    ) -> Result<Option<Bytes>, E> {
        let Some(body) = &mut self.body else { return Ok(None) };
        if let Some(limit) = lock(self.desk).read_timeout.take() {
            body.set_read_timeout(limit);
        }
        let next = async {
            Ok(tokio::select! {
                biased;
                () = self.reader.closing() => Ok(None),
                chunk = body.chunk() => chunk,
            })
        };
        let outcome = caller_thread::run(next, check)?;
        if !matches!(outcome, Ok(Some(_))) {
            self.body = None;
            self.reader.let_go();
        }
        Ok(outcome?)
    }
}

impl<S: Default> Drop for Turn<'_, S> {
    fn drop(&mut self) {
        let (state, mut body) = (std::mem::take(&mut self.state), self.body.take());
        let mut desk = lock(self.desk);
        // A panic may have left the body in the middle of something.
        let ended = self.reader.is_closed() || thread::panicking();
        let kept = if ended { None } else { body.take() };
        desk.reading = Some(Reading { state, body: kept });
        desk.turn_of = None;
        drop(desk);
        self.reader.freed.notify_one();
    }
}

fn lock<S>(desk: &Mutex<Desk<S>>) -> MutexGuard<'_, Desk<S>> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refusal(why: &str) -> Error {
    Error::new(Kind::ResponseStreaming { error: format!("the response {why}") })
}
