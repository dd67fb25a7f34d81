//! Which events are kept. While none are kept, an event costs one relaxed load.

use std::cell::Cell;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

use super::event::Level;

const NOTHING: u8 = 0;
const WARNINGS: u8 = 1;
const EVERYTHING: u8 = 2;

static KEPT: AtomicU8 = AtomicU8::new(NOTHING);

thread_local! {
    static IS_MUTED: Cell<bool> = const { Cell::new(false) };
}

/// From now on, events of this level and of more severe levels are kept. `None` keeps no events.
pub fn set_level(level: Option<Level>) {
    let kept = level.map_or(NOTHING, needed_for);
    if KEPT.load(Ordering::Relaxed) != kept {
        KEPT.store(kept, Ordering::Relaxed);
    }
}

pub(super) fn is_wanted(level: Level) -> bool {
    KEPT.load(Ordering::Relaxed) >= needed_for(level) && !is_muted()
}

/// Whether all events are kept.
pub fn is_on() -> bool {
    is_wanted(Level::Debug)
}

/// The current time if all events are kept. Events that report a duration start with it.
pub fn now() -> Option<Instant> {
    is_on().then(Instant::now)
}

/// Runs `work` without keeping its events. A logging handler that makes calls would otherwise be
/// called for the events of these calls, in an endless loop.
pub fn muted<T>(work: impl FnOnce() -> T) -> T {
    let _restore = Restore(IS_MUTED.replace(true));
    work()
}

pub(super) fn is_muted() -> bool {
    IS_MUTED.try_with(Cell::get).unwrap_or(true)
}

fn needed_for(level: Level) -> u8 {
    match level {
        Level::Warning => WARNINGS,
        Level::Debug => EVERYTHING,
    }
}

struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        IS_MUTED.set(self.0);
    }
}
