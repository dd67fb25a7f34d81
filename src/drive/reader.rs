//! The body of a synchronous response. Any thread may read it, and any thread may close it.

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

/// A body, and the state that its consumer keeps between reads (`S`: a decoder, a buffer).
///
/// One thread reads at a time. It holds no lock while it reads: other threads can react to signals
/// while they wait to read, and closing the body or forking the process does not wait at all.
pub struct Reader<S> {
    /// Absent in a forked child, which would otherwise read from its parent's connection.
    shared: ForkGuarded<Mutex<Shared<S>>>,
    /// Notified when a thread has finished reading.
    released: Condvar,
    closed: AtomicBool,
    /// Notified on close: wakes the thread that waits for a chunk.
    closing: Notify,
    /// Wakes a thread that waits for the socket.
    abort_handle: Option<AbortHandle>,
}

struct Shared<S> {
    /// Absent while a thread reads.
    source: Option<Source<S>>,
    reading_thread: Option<ThreadId>,
    /// A read timeout that has been set and is not yet in effect.
    read_timeout: Option<Option<Duration>>,
}

struct Source<S> {
    state: S,
    /// Absent once the body has ended, failed or been closed.
    body: Option<Body>,
}

/// The exclusive right to read, until it is dropped.
pub struct ReadGuard<'a, S: Default> {
    pub state: S,
    body: Option<Body>,
    reader: &'a Reader<S>,
    shared: &'a Mutex<Shared<S>>,
}

impl<S: Default> Reader<S> {
    pub fn new(mut body: Body) -> Self {
        let abort_handle = body.abort_handle();
        let source = Source { state: S::default(), body: Some(body) };
        let shared = Shared { source: Some(source), reading_thread: None, read_timeout: None };
        Reader {
            shared: ForkGuarded::new(Mutex::new(shared)),
            released: Condvar::new(),
            closed: AtomicBool::new(false),
            closing: Notify::new(),
            abort_handle,
        }
    }

    /// Waits until no other thread reads. Calls `check` about every 100 ms; an error of `check`
    /// ends the wait.
    ///
    /// Errors: `ResponseStreamingError` in a forked child, and if this thread already reads (and is
    /// now in a signal handler).
    pub fn acquire<E: From<Error>>(
        &self,
        mut check: impl FnMut() -> Result<(), E>,
    ) -> Result<ReadGuard<'_, S>, E> {
        let shared =
            self.shared.get().ok_or_else(|| refusal("belongs to the process that forked"))?;
        let this_thread = thread::current().id();
        let mut locked = lock(shared);
        loop {
            if let Some(Source { state, body }) = locked.source.take() {
                locked.reading_thread = Some(this_thread);
                return Ok(ReadGuard { state, body, reader: self, shared });
            }
            if locked.reading_thread == Some(this_thread) {
                return Err(refusal("is being read on this thread already").into());
            }
            let waited = self.released.wait_timeout(locked, CHECK_INTERVAL);
            let (relocked, wait) = waited.unwrap_or_else(PoisonError::into_inner);
            locked = relocked;
            if wait.timed_out() {
                drop(locked);
                check()?;
                locked = lock(shared);
            }
        }
    }

    /// Calls `work` with the state. Returns `None` if this would mean waiting for another thread.
    pub fn try_with<T>(&self, work: impl FnOnce(&mut S) -> T) -> Option<T> {
        let mut shared = self.shared.get()?.try_lock().ok()?;
        shared.source.as_mut().map(|source| work(&mut source.state))
    }

    /// Takes the body, so that another reader can read it. `None` if it has ended, or if a thread reads
    /// it now.
    pub fn take_body(&self) -> Option<Body> {
        lock(self.shared.get()?).source.as_mut()?.body.take()
    }

    /// Changes the longest wait for a chunk, from the next chunk on.
    pub fn set_read_timeout(&self, limit: Option<Duration>) {
        if let Some(shared) = self.shared.get() {
            lock(shared).read_timeout = Some(limit);
        }
    }

    /// Ends the body: aborts the request if it still runs, and wakes a thread that waits for a chunk.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let Some(shared) = self.shared.get() else { return };
        let body = lock(shared).source.as_mut().and_then(|source| source.body.take());
        drop(body);
        // A thread that reads drops the body when it has finished.
        self.closing.notify_one();
        self.abort_handle.iter().for_each(AbortHandle::abort);
        self.disarm();
    }

    /// After this, the descriptor is closed together with the connection.
    fn disarm(&self) {
        self.abort_handle.iter().for_each(AbortHandle::disarm);
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Whether the body was closed, or read to its end or to an error. False while a thread reads.
    pub fn has_ended(&self) -> bool {
        let is_at_end =
            |shared| lock(shared).source.as_ref().is_some_and(|Source { body, .. }| body.is_none());
        self.is_closed() || self.shared.get().is_some_and(is_at_end)
    }

    async fn closing(&self) {
        while !self.is_closed() {
            self.closing.notified().await;
        }
    }
}

impl<S: Default> ReadGuard<'_, S> {
    /// The next chunk; `None` at the end and after [`Reader::close`]. Blocks. Calls `check` about
    /// every 100 ms; an error of `check` ends the wait, and no data is lost.
    pub fn chunk<E: From<Error>>(
        &mut self,
        check: impl FnMut() -> Result<(), E>,
    ) -> Result<Option<Bytes>, E> {
        let Some(body) = &mut self.body else { return Ok(None) };
        if let Some(limit) = lock(self.shared).read_timeout.take() {
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
            self.reader.disarm();
        }
        Ok(outcome?)
    }
}

impl<S: Default> Drop for ReadGuard<'_, S> {
    fn drop(&mut self) {
        let (state, mut body) = (std::mem::take(&mut self.state), self.body.take());
        let mut shared = lock(self.shared);
        // After a panic, the body may be in an inconsistent state.
        let ended = self.reader.is_closed() || thread::panicking();
        let kept = if ended { None } else { body.take() };
        shared.source = Some(Source { state, body: kept });
        shared.reading_thread = None;
        drop(shared);
        self.reader.released.notify_one();
    }
}

fn lock<S>(shared: &Mutex<Shared<S>>) -> MutexGuard<'_, Shared<S>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refusal(why: &str) -> Error {
    Error::new(Kind::ResponseStreaming { error: format!("the response {why}") })
}
