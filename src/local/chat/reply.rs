//! A reply: what a chat model says, before a family's format turns it into JSON.

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
    /// The stop sequence that the reply contained.
    Sequence(String),
    GuardrailIntervened,
    /// A reason from a script or a callable, by Converse's name.
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

/// Token counts. `input` does not include tokens read from or written to the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub input: u32,
    pub output: u32,
    /// Set if the prompt has a cache point.
    pub cache: Option<CacheUsage>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CacheUsage {
    pub read: u32,
    pub written: u32,
    /// How many of the written tokens are kept for an hour.
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
    /// Whether the guardrail intervened, if there was one.
    pub intervened: Option<bool>,
    /// The guardrail's trace, if the caller asked for it.
    pub trace: Option<Value>,
    /// Milliseconds until the last token.
    pub latency: u64,
    /// Milliseconds until the first token.
    pub first_token: u64,
}

impl Reply {
    /// All of the text, for families whose format has nothing else.
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
