//! What happens in a call, told to whoever listens.
//!
//! An event is a plain value in a buffer. Each call has a buffer of its own, so that the face can
//! make records of its events in the caller's thread, or task, and context. Events that belong to no
//! call, or that come after its end, go to a buffer of the process. If nobody listens, an event
//! costs one relaxed load.

mod buffer;
mod client;
mod connections;
mod credentials;
mod emit;
mod retries;
mod scope;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::task::Waker;
use std::time::{Instant, SystemTime};

pub use client::*;
pub use connections::*;
pub use credentials::*;
pub use retries::*;
pub use scope::{carry, current, muted, within};

use crate::runtime::fork::{self, PerProcessMutex};
use buffer::Buffer;

/// How much an event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Warning,
    Debug,
}

/// One thing that happened. It holds neither secrets nor what the user or the model said.
#[derive(Debug, Clone)]
pub struct Event {
    /// The logger's name.
    pub logger: &'static str,
    pub level: Level,
    pub time: SystemTime,
    /// A template that refers to fields by name, as Python's `%` formats a dict.
    pub message: &'static str,
    pub fields: Vec<(&'static str, Value)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Number(u64),
    Seconds(f64),
}

const NOTHING: u8 = 0;
const WARNINGS: u8 = 1;
const EVERYTHING: u8 = 2;

static LISTENING: AtomicU8 = AtomicU8::new(NOTHING);

/// Events without a call, and of calls that are over.
static REST: PerProcessMutex<Buffer> = PerProcessMutex::new();
static HAS_REST: AtomicBool = AtomicBool::new(false);

/// From now on, events of this level and of those above it are kept; `None`: no events.
pub fn listen(level: Option<Level>) {
    let listening = match level {
        None => NOTHING,
        Some(Level::Warning) => WARNINGS,
        Some(Level::Debug) => EVERYTHING,
    };
    if LISTENING.load(Ordering::Relaxed) != listening {
        LISTENING.store(listening, Ordering::Relaxed);
    }
}

fn is_wanted(level: Level) -> bool {
    let needed = match level {
        Level::Warning => WARNINGS,
        Level::Debug => EVERYTHING,
    };
    LISTENING.load(Ordering::Relaxed) >= needed && !scope::is_muted()
}

/// Whether somebody listens to every event.
pub fn is_on() -> bool {
    is_wanted(Level::Debug)
}

/// Now, if somebody will want to know how long something took.
pub fn now() -> Option<Instant> {
    is_on().then(Instant::now)
}

/// The events of one call.
pub struct CallLog {
    operation: &'static str,
    invocation_id: String,
    /// The number of the attempt that is being made; 0 before the first.
    attempt: AtomicU32,
    buffer: PerProcessMutex<Buffer>,
    /// A forked child says nothing about its parent's calls.
    process: u32,
}

impl CallLog {
    pub fn new(operation: &'static str, invocation_id: String) -> Arc<Self> {
        let (attempt, buffer) = (AtomicU32::new(0), PerProcessMutex::new());
        let process = fork::current();
        Arc::new(CallLog { operation, invocation_id, attempt, buffer, process })
    }

    pub fn invocation_id(&self) -> &str {
        &self.invocation_id
    }

    /// What happened since the last look. `waker` is woken by the next event.
    pub fn take(&self, waker: Option<Waker>) -> Vec<Event> {
        let (previous, events) = self.buffer.with(|buffer| {
            let previous = std::mem::replace(&mut buffer.waker, waker);
            (previous, buffer.take())
        });
        drop(previous);
        events
    }

    pub fn is_empty(&self) -> bool {
        self.buffer.with(|buffer| buffer.is_empty())
    }

    /// What happened since the last look. What happens later belongs to no call.
    pub fn end(&self) -> Vec<Event> {
        let (waker, events) = self.buffer.with(|buffer| {
            buffer.is_over = true;
            (buffer.waker.take(), buffer.take())
        });
        drop(waker);
        events
    }

    fn push(&self, mut event: Event) {
        if self.process != fork::current() {
            return;
        }
        event.fields.push(("operation", Value::from(self.operation)));
        event.fields.push(("invocation_id", Value::from(self.invocation_id.as_str())));
        let attempt = self.attempt.load(Ordering::Relaxed);
        if attempt > 0 {
            event.fields.push(("attempt", Value::from(attempt)));
        }
        let mut unheard = None;
        let waker = self.buffer.with(|buffer| {
            if buffer.is_over {
                unheard = Some(event);
                None
            } else {
                buffer.push(event);
                buffer.waker.take()
            }
        });
        waker.into_iter().for_each(Waker::wake);
        unheard.into_iter().for_each(push_rest);
    }
}

/// The invocation id of the call that runs here, if its events are kept.
pub fn invocation_id() -> Option<String> {
    current().map(|call| call.invocation_id.clone())
}

/// The events that belong to no call that goes on.
pub fn take_rest() -> Vec<Event> {
    HAS_REST.store(false, Ordering::Relaxed);
    REST.with(Buffer::take)
}

pub fn has_rest() -> bool {
    HAS_REST.load(Ordering::Relaxed) && !scope::is_muted()
}

/// Keeps events for whoever looks next.
pub fn put_back(events: Vec<Event>) {
    events.into_iter().for_each(push_rest);
}

fn push_rest(event: Event) {
    REST.with(|buffer| buffer.push(event));
    HAS_REST.store(true, Ordering::Relaxed);
}

fn push(event: Event) {
    match current() {
        Some(call) => call.push(event),
        None => push_rest(event),
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Number(number.into())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Value::Number(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

impl From<std::time::Duration> for Value {
    fn from(duration: std::time::Duration) -> Self {
        Value::Seconds(duration.as_secs_f64())
    }
}
