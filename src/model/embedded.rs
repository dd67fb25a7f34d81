//! The models that every build has.

use std::borrow::Cow;

use super::files::Files;

/// The models by boto3's names of their services. `build.rs` has compressed the files and written
/// the table.
pub(super) static EMBEDDED: &[(&str, Files)] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
