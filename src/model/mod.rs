//! The service models: what a service's operations take and return. Knows neither Python nor HTTP
//! clients.
//!
//! `models/` holds botocore's own files without prose. They are embedded compressed, and a model is
//! parsed once per process, when the first client of its service is made. From then on it is a
//! table that lives as long as the process, so that a lookup is a pointer.

mod embedded;
mod error;
mod files;
mod loader;
mod method_name;
mod registry;
mod schema;
mod shapes;
mod tables;

pub use error::ModelError;
pub use files::{File, Files};
pub use registry::service_names;
pub use tables::{
    AuthScheme, Body, ErrorTrait, Length, List, Location, Map, Member, Operation, Protocol, Range,
    Service, Shape, Structure, Text, TimestampFormat, UriPart,
};
