//! Guardrails: what they find in a text, and what they do about it.

mod configured;
pub(crate) mod guardrail;
pub(crate) mod pii;
mod policies;
