//! JSON: access to values without panics, base64 in strings, strict reading of settings.

pub(crate) mod base64;
pub(crate) mod members;
pub(crate) mod strict;
