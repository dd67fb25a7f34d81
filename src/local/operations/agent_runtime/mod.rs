//! bedrock-agent-runtime: questions to knowledge bases, and agents.

mod agent_trace;
mod agent_turn;
pub(super) mod conversations;
pub(super) mod dispatch;
mod grounding;
mod invoke_agent;
mod model_call;
mod rerank;
mod retrieval;
mod retrieve;
mod retrieve_and_generate;
