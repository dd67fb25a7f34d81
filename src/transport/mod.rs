//! Everything between "these bytes for this operation" and "this answer": settings, identity,
//! endpoint, signing, attempts, connections, frames. Knows no Python.

pub mod auth;
pub mod background;
pub mod blocking;
mod body;
pub mod call;
mod connection;
mod connector;
pub mod credentials;
mod endpoint;
pub mod error;
mod error_code;
pub mod frames;
pub mod identity_http;
mod ini;
mod lane;
mod link;
pub mod log;
mod pace;
mod pool;
pub(crate) mod process;
pub mod profile;
mod proxy;
pub mod queue;
pub mod reader;
mod region;
pub mod retry;
pub mod runtime;
pub mod scope;
pub mod settings;
mod shell_words;
pub(crate) mod sign;
mod socket;
mod tls;
mod trace;
mod user_agent;

pub use error::Error;
pub use process::forked;
