//! The events of one call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Waker;

use super::background;
use super::buffer::Buffer;
use super::event::{Event, Value};
use crate::runtime::fork::{self, ForkGuardedMutex};

/// The events of one call.
pub struct CallLog {
    operation: &'static str,
    invocation_id: String,
    /// The number of the current attempt; 0 before the first.
    attempt: AtomicU32,
    buffer: ForkGuardedMutex<Buffer>,
    /// A forked child keeps no events of its parent's calls.
    fork_generation: u32,
}

impl CallLog {
    pub fn new(operation: &'static str, invocation_id: String) -> Arc<Self> {
        Arc::new(CallLog {
            operation,
            invocation_id,
            attempt: AtomicU32::new(0),
            buffer: ForkGuardedMutex::new(),
            fork_generation: fork::generation(),
        })
    }

    pub fn invocation_id(&self) -> &str {
        &self.invocation_id
    }

    /// Takes the events since the last call of this method. The next event wakes `waker`.
    pub fn take(&self, waker: Option<Waker>) -> Vec<Event> {
        let (previous, events) = self.buffer.with(|buffer| {
            let previous = std::mem::replace(&mut buffer.waker, waker);
            (previous, buffer.take())
        });
        // Dropping a waker runs code of others, which must not run while the buffer is locked.
        drop(previous);
        events
    }

    pub fn is_empty(&self) -> bool {
        self.buffer.with(|buffer| buffer.is_empty())
    }

    /// Ends the call and takes its remaining events. Later events count as events outside calls.
    pub fn end(&self) -> Vec<Event> {
        let (waker, events) = self.buffer.with(|buffer| {
            buffer.has_ended = true;
            (buffer.waker.take(), buffer.take())
        });
        drop(waker);
        events
    }

    pub(super) fn set_attempt(&self, number: u32) {
        self.attempt.store(number, Ordering::Relaxed);
    }

    pub(super) fn push(&self, mut event: Event) {
        if self.fork_generation != fork::generation() {
            return;
        }
        event.fields.push(("operation", Value::from(self.operation)));
        event.fields.push(("invocation_id", Value::from(self.invocation_id.as_str())));
        let attempt = self.attempt.load(Ordering::Relaxed);
        if attempt > 0 {
            event.fields.push(("attempt", Value::from(attempt)));
        }
        let mut late = None;
        let waker = self.buffer.with(|buffer| {
            if buffer.has_ended {
                late = Some(event);
                None
            } else {
                buffer.push(event);
                buffer.waker.take()
            }
        });
        waker.into_iter().for_each(Waker::wake);
        late.into_iter().for_each(background::push);
    }
}
