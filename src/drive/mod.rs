//! What drives a call: the caller's own thread, or the process's runtime.

pub mod background;
pub mod blocking;
pub mod chunks;
mod close_signal;
pub mod pending_call;
mod permit;
pub mod reader;
