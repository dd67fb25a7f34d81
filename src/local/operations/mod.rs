//! The operations, a folder for each service, and what they share.

mod agent_runtime;
pub(crate) mod bedrock;
pub(crate) mod dispatch;
mod example;
pub(crate) mod output;
mod runtime;
