//! boto3's Bedrock clients with a Rust core. ARCHITECTURE.md has a map of the folders.
#![deny(unsafe_code)]
// The threads of Rust tests may enter Python; see src/python/interpreter/gil.rs.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

pub mod call;
#[cfg(feature = "python")]
pub mod codec;
pub mod config;
pub mod credentials;
pub mod drive;
pub mod environment;
pub mod error;
pub mod event_stream;
pub mod http;
#[cfg(feature = "local")]
pub mod local;
pub mod log;
pub mod model;
#[cfg(feature = "python")]
mod python;
#[cfg(test)]
#[cfg(feature = "python")]
mod referee;
pub mod runtime;

/// Makes the Rust part of a call a sixth cheaper.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
