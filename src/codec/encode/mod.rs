//! Parameters → request, in one walk that also validates them.

mod base64;
mod constraints;
mod depth;
mod document;
mod request;
mod text;
mod value;

pub use request::{Encoded, request};
#[cfg(test)]
pub(super) use value::json_of as value;
