//! The service models: what a service's operations take and return. This folder depends neither on
//! Python nor on HTTP clients.
//!
//! `models/` holds botocore's own files without prose. They are embedded compressed, and a model is
//! parsed once per process, when the first client of its service is made. The resulting tables live
//! as long as the process, so other code keeps plain references to them.

mod class_name;
mod embedded;
mod error;
mod files;
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
