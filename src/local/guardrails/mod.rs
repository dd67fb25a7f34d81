//! Guardrails: their policies, and the detection of personal information.

pub(crate) mod guardrail;
pub(crate) mod pii;
