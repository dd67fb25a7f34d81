//! The socket of a connection, and the bodies of requests and responses.

pub(crate) mod activity;
pub(crate) mod fault_switch;
pub(crate) mod paced_body;
pub(crate) mod request_body;
pub(crate) mod response;
pub(crate) mod response_body;
pub(crate) mod socket;
