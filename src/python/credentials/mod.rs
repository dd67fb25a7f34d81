//! Credentials, between Python and the core.

pub mod identity;
pub mod lookup;
pub mod session;
