//! One call: from its prepared parameters to the response, in as many attempts as the retry rules
//! allow.

pub mod attempt;
pub mod client;
pub mod connections;
pub mod error_code;
pub mod given_request;
pub mod options;
pub mod prepared;
pub mod presign;
pub mod response;
pub mod retry;
pub mod sign;
pub mod sigv4;
pub mod target;
mod trace_id;
pub mod verdict_log;
