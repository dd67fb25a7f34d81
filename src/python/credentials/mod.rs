//! Credentials, between Python and the core.

pub mod identity;
pub mod look_up;
pub mod session;
