//! Where credentials come from: one file for each of botocore's providers, except the providers
//! that only read a profile.

pub(super) mod assume_role;
pub(super) mod container;
pub(super) mod environment_variables;
pub(super) mod instance_metadata;
pub(super) mod process;
pub(super) mod sso;
mod sts;
pub(super) mod web_identity;
