//! Everything between "these bytes for this operation" and "this answer": settings, identity,
//! endpoint, signing, attempts, connections, frames. Knows no Python.

pub mod auth;
pub mod background;
pub mod blocking;
pub mod body;
pub mod call;
mod caller_thread;
mod connection;
mod connector;
pub mod credentials;
mod endpoint;
pub mod error;
mod error_code;
pub mod frames;
pub mod identity_http;
mod ini;
mod link;
pub mod log;
mod name_lookup;
mod pace;
pub mod panics;
mod pool;
pub(crate) mod process;
pub mod profile;
mod proxy;
pub mod queue;
pub mod reader;
mod region;
mod response_head;
pub mod retry;
pub mod runtime;
pub mod scope;
pub mod settings;
mod shell_words;
pub(crate) mod sign;
mod socket;
mod timer;
mod tls;
mod trace;
mod traffic;
mod tunnel;
mod user_agent;

pub use error::Error;
pub use process::forked;
