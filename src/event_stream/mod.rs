//! Event streams: frames and their headers.

pub mod frames;
pub mod ordinary_event;
