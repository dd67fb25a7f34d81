//! The steps of a call whose events have handlers. Python (`fastbedrock._events`) makes the steps one
//! after the other, and calls the handlers between them.

pub mod attempts;
mod exchange;
mod failure;
pub mod headers;
pub mod parse;
pub mod signing;
