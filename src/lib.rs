//! boto3's Bedrock runtime client with a Rust core. ARCHITECTURE.md has the map of the rooms.
#![deny(unsafe_code)]
// The threads of Rust tests may enter Python; see src/python/gil.rs.
#![cfg_attr(test, allow(clippy::disallowed_methods))]

#[cfg(feature = "python")]
pub mod codec;
#[cfg(feature = "local")]
pub mod local;
pub mod model;
#[cfg(feature = "python")]
mod python;
#[cfg(test)]
#[cfg(feature = "python")]
mod referee;
pub mod transport;

/// A sixth off the Rust side's cost of a call.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
