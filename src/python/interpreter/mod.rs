//! The interpreter: its hooks, the GIL, imports, and calls of Python code by Rust.

pub mod call;
pub mod gil;
pub mod imported;
pub mod lifecycle;
pub mod python_calls;
