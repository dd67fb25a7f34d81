//! What runs a call: the process's tokio runtime, or the executor on the caller's own thread. Also
//! timers and queues that work on both, values that calls share, and guards for values that a forked
//! child must not use.

pub mod bounded_queue;
pub mod caller_thread;
pub mod fork;
pub mod held_wake_ups;
pub mod panics;
pub mod recent;
pub mod shared;
pub mod timer;
pub mod wake_batching;
