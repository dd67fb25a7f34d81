//! Parameters → request, in one walk that also validates them.

mod base64;
mod blob;
mod constraints;
mod depth;
mod document;
mod json;
mod request;
mod text;
mod value;

pub use blob::shared;
pub use request::{Encoded, request};
#[cfg(test)]
pub(super) use value::json_of as value;
