//! The body of a synchronous call: read from any thread, closed from any thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;

use super::body::Body;
use super::error::{Error, Kind};
use super::lane::{Lane, Lanes};
use super::process::PerProcess;

pub struct Reader {
    /// Gone once the body is at its end, failed or closed.
    exchange: Mutex<Option<PerProcess<Exchange>>>,
    lanes: Arc<Lanes>,
    closed: AtomicBool,
    wake: Notify,
}

/// A body and the lane that drives its connection. The body goes first when both are dropped.
struct Exchange {
    body: Body,
    lane: Lane,
}

impl Reader {
    pub fn new(body: Body, lane: Lane, lanes: Arc<Lanes>) -> Self {
        Reader {
            exchange: Mutex::new(Some(PerProcess::new(Exchange { body, lane }))),
            lanes,
            closed: AtomicBool::new(false),
            wake: Notify::new(),
        }
    }

    /// The next piece; `None` at the end and after [`Reader::close`]. Blocks; `look` is asked
    /// about every 100 ms whether to go on, and nothing is lost when it says no.
    pub fn chunk<E>(
        &self,
        look: impl FnMut() -> Result<(), E>,
    ) -> Result<Result<Option<Bytes>, Error>, E> {
        let mut slot = self.lock();
        let Some(held) = slot.as_mut() else { return Ok(Ok(None)) };
        let Some(Exchange { body, lane }) = held.get_mut() else {
            return Ok(Err(Error::new(Kind::ResponseStreaming {
                error: "the stream belongs to the process that was forked".to_owned(),
            })));
        };
        let next = async {
            tokio::select! {
                biased;
                () = self.closing() => Ok(None),
                chunk = body.chunk() => chunk,
            }
        };
        let outcome = lane.run(next, look)?;
        if !matches!(outcome, Ok(Some(_))) {
            let finished = slot.take().and_then(PerProcess::into_inner);
            if let (Some(Exchange { lane, body }), Ok(None)) = (finished, &outcome) {
                drop(body);
                self.lanes.put(lane);
            }
        }
        Ok(outcome)
    }

    /// Changes how long a silence between two pieces may last, from the next piece on.
    pub fn set_read_timeout(&self, limit: Option<Duration>) {
        if let Some(Exchange { body, .. }) = self.lock().as_mut().and_then(PerProcess::get_mut) {
            body.set_read_timeout(limit);
        }
    }

    /// Ends the body: aborts the request if it still runs, wakes whoever waits for a piece.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.wake.notify_one();
        // A waiting reader holds the lock; woken, it drops the exchange itself.
        match self.exchange.try_lock() {
            Ok(mut slot) => drop(slot.take()),
            Err(TryLockError::Poisoned(slot)) => drop(slot.into_inner().take()),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    async fn closing(&self) {
        while !self.is_closed() {
            self.wake.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<PerProcess<Exchange>>> {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
