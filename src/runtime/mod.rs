//! What runs a call: the process's runtime, the caller's own thread, timers, queues, and what of them
//! survives a fork.

pub mod caller_thread;
pub mod fork;
pub mod panics;
pub mod queue;
pub mod shared;
pub mod timer;
pub mod wake_batching;

pub use fork::forked;
