//! Pauses while a large body is decoded, in which other threads may take the GIL.

use std::cell::Cell;

use pyo3::prelude::*;

/// How many values are decoded between two pauses: about 1 ms for small values.
const PAUSE_EVERY: u32 = 8192;

type Pause = fn(Python<'_>);

thread_local! {
    /// The function to call, if there is one, and how many values are left until the call is due.
    static DUE: Cell<Option<(Pause, u32)>> = const { Cell::new(None) };
}

/// Runs `decode`, and calls `pause` about every millisecond.
pub fn pausing<T>(pause: Pause, decode: impl FnOnce() -> T) -> T {
    DUE.set(Some((pause, PAUSE_EVERY)));
    let decoded = decode();
    DUE.set(None);
    decoded
}

/// Counts one decoded value, and calls the function if it is due.
pub(super) fn pause_if_due(py: Python<'_>) {
    match DUE.get() {
        None => {}
        Some((pause, 0)) => {
            pause(py);
            DUE.set(Some((pause, PAUSE_EVERY)));
        }
        Some((pause, left)) => DUE.set(Some((pause, left - 1))),
    }
}
