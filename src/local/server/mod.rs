//! The server: its life cycle, its connections, and the handling of a request.

mod accept;
mod connection;
mod control;
mod handler;
pub(crate) mod lifecycle;
pub(crate) mod options;
mod tls;
