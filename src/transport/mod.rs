//! Everything between "these bytes for this operation" and "this answer": settings, identity,
//! endpoint, signing, attempts, connections, frames. Knows no Python.

pub mod error;
pub mod runtime;
pub mod settings;

pub use error::Error;
