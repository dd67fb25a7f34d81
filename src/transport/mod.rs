//! Everything between "these bytes for this operation" and "this answer": settings, identity,
//! endpoint, signing, attempts, connections, frames. Knows no Python.

mod body;
mod connection;
mod connector;
pub mod error;
mod error_code;
pub mod frames;
pub mod lane;
mod link;
mod pool;
mod process;
pub mod retry;
pub mod runtime;
pub mod settings;
mod tls;

pub use error::Error;
