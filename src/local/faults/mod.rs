//! Fault injection.

pub(crate) mod fault;
pub(crate) mod injection;
pub(crate) mod rule;
