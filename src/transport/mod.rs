//! Everything between "these bytes for this operation" and "this answer": settings, identity,
//! endpoint, signing, attempts, connections, frames. Knows no Python.

pub mod background;
pub mod blocking;
mod body;
pub mod call;
mod connection;
mod connector;
pub mod credentials;
pub mod error;
mod error_code;
pub mod frames;
pub mod identity_http;
mod lane;
mod link;
mod pool;
mod process;
pub mod queue;
pub mod reader;
pub mod retry;
pub mod runtime;
pub mod settings;
mod sign;
mod tls;

pub use error::Error;
