//! Event streams in both directions.

pub(crate) mod frames;
pub(crate) mod signed_input;
