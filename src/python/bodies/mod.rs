//! Bodies of responses that are read as raw bytes.

pub mod synchronous;
