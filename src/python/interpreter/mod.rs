//! The interpreter: how Rust takes the GIL, imports modules and calls Python code.

pub mod gil;
pub mod imported;
pub mod python_calls;
