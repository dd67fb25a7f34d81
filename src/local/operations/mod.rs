//! The operations, a folder for each service, and what they share.

mod agent_runtime;
pub(crate) mod bedrock;
mod control_plane;
pub(crate) mod dispatch;
mod example;
mod listing;
pub(crate) mod output;
mod runtime;
mod times;
