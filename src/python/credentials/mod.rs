//! Credentials that cross between Python and the core.

pub mod identity;
pub mod lookup;
pub mod session;
