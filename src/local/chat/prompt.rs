//! A prompt: what a chat request asks, whatever format its body has.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::tokens;

/// Tokens of one image, whatever its size.
const IMAGE_TOKENS: u32 = 256;
/// Bytes per token of any other attachment.
const ATTACHMENT_BYTES: usize = 16;
/// Tokens of every message besides those of its content.
const MESSAGE_TOKENS: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    System,
    User,
    Assistant,
}

/// A part of the user's last turn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    Text(String),
    /// e.g. `image: png, 68 bytes`.
    Attachment(String),
    ToolResult(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tool {
    pub name: String,
    pub schema: Value,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum ToolChoice {
    #[default]
    Auto,
    Any,
    Named(String),
    Never,
}

/// A position up to which the caller wants the prompt cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CachePoint {
    /// A hash of everything before the position.
    pub prefix: u64,
    /// Tokens before the position.
    pub tokens: u32,
    /// `5m` or `1h`.
    pub ttl: &'static str,
}

#[derive(Debug, Default)]
pub(crate) struct Prompt {
    /// The user's last turn; several user messages in a row are one turn.
    pub turn: Vec<Part>,
    pub tools: Vec<Tool>,
    pub tool_choice: ToolChoice,
    pub max_tokens: Option<u32>,
    pub stop_sequences: Vec<String>,
    /// Whether the caller asked for reasoning.
    pub reasoning: bool,
    pub cache_points: Vec<CachePoint>,
    /// The texts that the caller marked for its guardrail. If there are none, the guardrail checks
    /// the whole turn.
    guarded: Vec<String>,
    /// What the model says instead of the turn: the answer that was found in a knowledge base.
    pub found_answer: Option<String>,
    /// The JSON schema that the reply has to satisfy.
    pub output_schema: Option<Value>,
    /// All tokens of the prompt, including those of cached prefixes.
    pub tokens: u32,
    digest: DefaultHasher,
    role: Option<Role>,
}

impl Prompt {
    /// A prompt of one user message with one text.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut prompt = Prompt::default();
        prompt.begin_message(Role::User);
        prompt.text(text);
        prompt
    }

    /// Begins a message.
    pub(crate) fn begin_message(&mut self, role: Role) {
        if role == Role::User && self.role != Some(Role::User) {
            self.turn.clear();
        }
        self.role = Some(role);
        (role as u8).hash(&mut self.digest);
        self.tokens += MESSAGE_TOKENS;
    }

    /// Makes the next user message a new turn, even directly after another user message.
    pub(crate) fn end_turn(&mut self) {
        self.role = None;
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.count(text, tokens::count(text));
        if self.role == Some(Role::User) {
            self.turn.push(Part::Text(text.to_owned()));
        }
    }

    /// Adds a text that the caller marked for the guardrail.
    pub(crate) fn guarded_text(&mut self, text: &str) {
        self.text(text);
        self.guarded.push(text.to_owned());
    }

    /// Adds an image, document, video or sound of `bytes` bytes. Different contents have different
    /// values of `identity`.
    pub(crate) fn attachment(&mut self, kind: &str, format: &str, bytes: usize, identity: &str) {
        let tokens = match kind {
            "image" => IMAGE_TOKENS,
            _ => u32::try_from(bytes / ATTACHMENT_BYTES).unwrap_or(u32::MAX).max(1),
        };
        self.count(identity, tokens);
        if self.role == Some(Role::User) {
            self.turn.push(Part::Attachment(format!("{kind}: {format}, {bytes} bytes")));
        }
    }

    pub(crate) fn tool_result(&mut self, text: &str) {
        self.count(text, tokens::count(text));
        self.turn.push(Part::ToolResult(text.to_owned()));
    }

    /// Adds something that costs tokens but is not echoed, such as an earlier tool call.
    pub(crate) fn unechoed(&mut self, text: &str) {
        self.count(text, tokens::count(text));
    }

    pub(crate) fn tool(&mut self, name: &str, description: &str, schema: &Value) {
        let text = schema.to_string();
        self.count(&text, tokens::count(name) + tokens::count(description) + tokens::count(&text));
        self.tools.push(Tool { name: name.to_owned(), schema: schema.clone() });
    }

    pub(crate) fn cache_point(&mut self, ttl: Option<&str>) {
        let ttl = if ttl == Some("1h") { "1h" } else { "5m" };
        self.cache_points.push(CachePoint { prefix: self.digest(), tokens: self.tokens, ttl });
    }

    /// A hash of the prompt.
    pub(crate) fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// The words of the last turn, without attachments and tool results.
    pub(crate) fn words(&self) -> String {
        let texts: Vec<&str> = self
            .turn
            .iter()
            .filter_map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                Part::Attachment(_) | Part::ToolResult(_) => None,
            })
            .collect();
        texts.join("\n")
    }

    /// The text that the guardrail has to check.
    pub(crate) fn guarded_words(&self) -> String {
        if self.guarded.is_empty() { self.words() } else { self.guarded.join("\n") }
    }

    /// The tool that the caller demands but did not define.
    pub(crate) fn missing_tool(&self) -> Option<&str> {
        match &self.tool_choice {
            ToolChoice::Named(name) if self.tools.iter().all(|tool| tool.name != *name) => {
                Some(name)
            }
            _ => None,
        }
    }

    /// Whether the last turn contains a tool's result.
    pub(crate) fn has_tool_result(&self) -> bool {
        self.turn.iter().any(|part| matches!(part, Part::ToolResult(_)))
    }

    fn count(&mut self, text: &str, tokens: u32) {
        text.hash(&mut self.digest);
        self.tokens = self.tokens.saturating_add(tokens);
    }
}
