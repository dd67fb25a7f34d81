//! bedrock-runtime: chats, embeddings, images, asynchronous invocations.

mod async_invoke;
mod bidirectional;
mod converse;
mod count_tokens;
pub(super) mod dispatch;
pub(super) mod generate;
mod guardrails;
mod invoke_model;
pub(super) mod jobs;
