//! What a chat model says, before it is written in anybody's JSON.

use serde_json::Value;

use super::tokens;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    Text(String),
    Reasoning { text: String, signature: String },
    ToolUse { id: String, name: String, input: Value },
}

impl Block {
    pub(crate) fn tokens(&self) -> u32 {
        match self {
            Block::Text(text) | Block::Reasoning { text, .. } => tokens::count(text),
            Block::ToolUse { name, input, .. } => {
                tokens::count(name) + tokens::count(&input.to_string())
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    EndTurn,
    ToolUse,
    MaxTokens,
    /// The sequence that was met.
    Sequence(String),
    GuardrailIntervened,
    /// A reason that a script or a callback named, in Converse's words.
    Other(String),
}

impl Stop {
    /// Converse's `stopReason`.
    pub(crate) fn name(&self) -> &str {
        match self {
            Stop::EndTurn => "end_turn",
            Stop::ToolUse => "tool_use",
            Stop::MaxTokens => "max_tokens",
            Stop::Sequence(_) => "stop_sequence",
            Stop::GuardrailIntervened => "guardrail_intervened",
            Stop::Other(name) => name,
        }
    }
}

/// Tokens; `input` is without those written to or read from the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub input: u32,
    pub output: u32,
    /// Set where the prompt has a cache point.
    pub cache: Option<CacheUsage>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CacheUsage {
    pub read: u32,
    pub written: u32,
    /// Of those written, the ones kept for an hour.
    pub written_for_an_hour: u32,
}

impl Usage {
    pub(crate) fn total(&self) -> u32 {
        let cached = self.cache.map_or(0, |cache| cache.read + cache.written);
        self.input + self.output + cached
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub blocks: Vec<Block>,
    pub stop: Stop,
    pub usage: Usage,
    /// Whether a guardrail intervened, where there was one.
    pub intervened: Option<bool>,
    /// The guardrail's trace, where the caller asked for it.
    pub trace: Option<Value>,
    /// Milliseconds that the model took.
    pub latency: u64,
    /// Milliseconds until its first token.
    pub first_token: u64,
}

impl Reply {
    /// All of the text, for families that know nothing else.
    pub(crate) fn text(&self) -> String {
        self.blocks
            .iter()
            .filter_map(|block| match block {
                Block::Text(text) => Some(text.as_str()),
                Block::Reasoning { .. } | Block::ToolUse { .. } => None,
            })
            .collect()
    }
}
