//! Coroutines in Rust, and the way in which the runtime wakes their event loops.

pub mod coroutine;
pub mod future;
pub mod time_slice;
pub mod wake_ups;
