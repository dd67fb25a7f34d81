//! The operations of the runtime, one file per family of operations.

mod async_invoke;
pub(crate) mod bedrock;
mod bidirectional;
mod converse;
mod count_tokens;
pub(crate) mod dispatch;
mod generate;
mod guardrails;
mod invoke_model;
mod jobs;
pub(crate) mod output;
