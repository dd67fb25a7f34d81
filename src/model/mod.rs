//! The service models: what a service's operations take and return. This folder depends neither on
//! Python nor on HTTP clients.
//!
//! `models/` holds botocore's own files without prose. `build.rs` makes tables of them. The tables
//! of a service are read once per process, when its first client is made, or are parsed from a
//! model of the user's own. They live as long as the process, so other code keeps plain references
//! to them.

mod class_name;
mod embedded;
mod error;
mod files;
mod image;
#[cfg(test)]
mod image_writer;
mod loader;
mod method_name;
mod registry;
mod schema;
mod shapes;
mod tables;

pub use class_name::{client_class_name, service_name_letters};
pub use error::ModelError;
pub use files::{File, Files};
pub use method_name::method_name;
pub use registry::service_names;
pub use tables::{
    AuthScheme, Body, ErrorTrait, Length, List, Location, Map, Member, Operation, Protocol, Range,
    Service, Shape, Structure, Text, TimestampFormat, UriPart,
};
