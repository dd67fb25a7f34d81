//! Response bodies that are read as raw bytes.

pub mod asynchronous;
pub mod synchronous;
mod unread;
