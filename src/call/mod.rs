//! One call: attempts until there is an outcome.

pub mod error_code;
pub mod retry;
pub mod sign;
pub mod trace;
pub mod transport;
