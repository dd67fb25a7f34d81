//! The switch by which a fault breaks the socket of a connection.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};

const INTACT: u8 = 0;
const RESET: u8 = 1;
const HALF_CLOSED: u8 = 2;

/// Shared by a connection's socket and by the requests that arrive on it.
#[derive(Clone)]
pub(crate) struct FaultSwitch(Arc<State>);

struct State {
    condition: AtomicU8,
    /// Wakes the task that reads the socket: over HTTP/2 each request has its own task.
    reader: Mutex<Option<Waker>>,
}

impl FaultSwitch {
    pub(crate) fn new() -> Self {
        let state = State { condition: AtomicU8::new(INTACT), reader: Mutex::new(None) };
        FaultSwitch(Arc::new(state))
    }

    /// From now on every read and write fails, and closing the socket sends RST.
    pub(crate) fn reset(&self) {
        self.set(RESET);
    }

    /// From now on nothing is sent: the peer sees the end of the stream, but can still send.
    pub(crate) fn half_close(&self) {
        self.set(HALF_CLOSED);
    }

    pub(crate) fn is_reset(&self) -> bool {
        self.is(RESET)
    }

    pub(crate) fn is_half_closed(&self) -> bool {
        self.is(HALF_CLOSED)
    }

    /// Remembers the task to wake when the switch is set.
    pub(crate) fn register_reader(&self, context: &Context<'_>) {
        let mut reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if !reader.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            *reader = Some(context.waker().clone());
        }
    }

    fn set(&self, condition: u8) {
        self.0.condition.store(condition, Ordering::Release);
        if let Some(reader) = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner).take() {
            reader.wake();
        }
    }

    fn is(&self, condition: u8) -> bool {
        self.0.condition.load(Ordering::Acquire) == condition
    }
}
