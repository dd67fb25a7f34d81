//! Events outside calls: they belong to no call, or they come after the end of their call.

use std::sync::atomic::{AtomicBool, Ordering};

use super::buffer::Buffer;
use super::event::Event;
use super::filter;
use crate::runtime::fork::ForkGuardedMutex;

static BUFFER: ForkGuardedMutex<Buffer> = ForkGuardedMutex::new();
static HAS_EVENTS: AtomicBool = AtomicBool::new(false);

pub fn has_background_events() -> bool {
    HAS_EVENTS.load(Ordering::Relaxed) && !filter::is_muted()
}

/// Takes all events outside calls.
pub fn take_background_events() -> Vec<Event> {
    HAS_EVENTS.store(false, Ordering::Relaxed);
    BUFFER.with(Buffer::take)
}

/// Keeps events of a call that has ended, until the next [`take_background_events`].
pub fn keep_in_background(events: Vec<Event>) {
    events.into_iter().for_each(push);
}

pub(super) fn push(event: Event) {
    BUFFER.with(|buffer| buffer.push(event));
    HAS_EVENTS.store(true, Ordering::Relaxed);
}
