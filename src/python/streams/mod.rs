//! Event streams of responses.

pub mod asynchronous;
pub mod events;
pub mod synchronous;
