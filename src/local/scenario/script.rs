//! Replies that somebody wrote beforehand, or that a callable gives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64_simd::STANDARD;
use serde_json::{Value, json};

use super::Draft;
use super::prompt::Prompt;
use super::reply::{Block, Stop};
use crate::local::failure::Failure;
use crate::local::fields::Fields;
use crate::local::ids::identifier;
use crate::local::json::Json;

/// What a written reply comes to: words, or an error of the service.
#[derive(Debug, Clone)]
pub(crate) enum Written {
    Draft(Draft),
    Failure(Failure),
}

/// Replies in the order in which they are given. One that names words (`when`) is given whenever
/// the user says them; the others once each, and after the last of them the model echoes again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    matched: Vec<(String, Written)>,
    ordered: Vec<Written>,
    /// Shared by all copies, so that a change of other settings does not start the script anew.
    given: Arc<AtomicUsize>,
    /// The only reply of a script that never ends.
    always: Option<Box<Written>>,
}

impl Script {
    /// A list of replies, or one reply for every question.
    pub(crate) fn parse(json: &Value) -> Result<Self, String> {
        let mut script = Script::default();
        let Some(replies) = json.as_array() else {
            script.always = Some(Box::new(parse(json)?));
            return Ok(script);
        };
        for reply in replies {
            let mut reply = reply.clone();
            match reply.as_object_mut().and_then(|fields| fields.remove("when")) {
                Some(Value::String(words)) => script.matched.push((words, parse(&reply)?)),
                Some(other) => return Err(format!("reply: when must be a string, not {other}")),
                None => script.ordered.push(parse(&reply)?),
            }
        }
        Ok(script)
    }

    /// The reply to this prompt, if the script has one.
    pub(crate) fn next(&self, prompt: &Prompt) -> Option<Written> {
        if let Some(reply) = &self.always {
            return Some(Written::clone(reply));
        }
        if !self.matched.is_empty() {
            let said = prompt.words();
            if let Some((_, reply)) = self.matched.iter().find(|(words, _)| said.contains(words)) {
                return Some(reply.clone());
            }
        }
        if self.ordered.is_empty() {
            return None;
        }
        self.ordered.get(self.given.fetch_add(1, Ordering::Relaxed)).cloned()
    }
}

/// A reply: a text, or an object with `text`, `reasoning`, `toolUse`, `content` (Converse's
/// blocks), `stopReason`, `usage`, or `error`.
pub(crate) fn parse(json: &Value) -> Result<Written, String> {
    if let Some(text) = json.as_str() {
        let blocks = vec![Block::Text(text.to_owned())];
        return Ok(Written::Draft(Draft { blocks, ..Draft::default() }));
    }
    let mut fields = Fields::new("reply", json)?;
    if let Some(error) = fields.take("error") {
        fields.end()?;
        return Ok(Written::Failure(failure(&error)?));
    }
    let mut draft = Draft::default();
    if let Some(text) = fields.text("reasoning")? {
        draft.blocks.push(reasoning(text, None));
    }
    if let Some(text) = fields.text("text")? {
        draft.blocks.push(Block::Text(text));
    }
    match fields.take("toolUse") {
        None => {}
        Some(Value::Array(calls)) => {
            for call in &calls {
                draft.blocks.push(tool_use(call, draft.blocks.len())?);
            }
        }
        Some(call) => draft.blocks.push(tool_use(&call, draft.blocks.len())?),
    }
    for block in fields.list("content")?.unwrap_or_default() {
        draft.blocks.push(content(&block, draft.blocks.len())?);
    }
    draft.stop = fields.text("stopReason")?.map(stop);
    if let Some(usage) = fields.take("usage") {
        let mut usage = Fields::new("usage", &usage)?;
        let mut count = |name| {
            usage.read(name, "a whole number of tokens", |value| value.as_u64()?.try_into().ok())
        };
        draft.input_tokens = count("inputTokens")?;
        draft.output_tokens = count("outputTokens")?;
        usage.end()?;
    }
    fields.end()?;
    Ok(Written::Draft(draft))
}

/// One of Converse's content blocks.
fn content(block: &Value, position: usize) -> Result<Block, String> {
    let mut fields = Fields::new("content block", block)?;
    let parsed = if let Some(text) = fields.text("text")? {
        Block::Text(text)
    } else if let Some(call) = fields.take("toolUse") {
        tool_use(&call, position)?
    } else if let Some(thought) = fields.take("reasoningContent") {
        let text = thought.at("reasoningText").at("text").as_str();
        let text = fields.needed("reasoningText.text", text)?;
        reasoning(text.to_owned(), thought.at("reasoningText").at("signature").as_str())
    } else {
        return Err(format!("content block: text, toolUse or reasoningContent, not {block}"));
    };
    fields.end()?;
    Ok(parsed)
}

fn reasoning(text: String, signature: Option<&str>) -> Block {
    let signature = signature.map_or_else(|| STANDARD.encode_to_string(&text), str::to_owned);
    Block::Reasoning { text, signature }
}

fn tool_use(call: &Value, position: usize) -> Result<Block, String> {
    let mut fields = Fields::new("toolUse", call)?;
    let name = fields.text("name")?;
    let name = fields.needed("name", name)?;
    let input = fields.take("input").unwrap_or_else(|| json!({}));
    let id = fields.text("toolUseId")?;
    fields.end()?;
    let id = id.unwrap_or_else(|| {
        format!("tooluse_{}", identifier(fastrand::u64(..) ^ position as u64, 22))
    });
    Ok(Block::ToolUse { id, name, input })
}

fn stop(reason: String) -> Stop {
    match reason.as_str() {
        "end_turn" => Stop::EndTurn,
        "tool_use" => Stop::ToolUse,
        "max_tokens" => Stop::MaxTokens,
        "guardrail_intervened" => Stop::GuardrailIntervened,
        _ => Stop::Other(reason),
    }
}

/// Statuses below 200 announce another answer.
fn is_final(status: &u16) -> bool {
    (200..=599).contains(status)
}

/// An error: its code, or an object with `code`, `message`, `status`.
pub(crate) fn failure(json: &Value) -> Result<Failure, String> {
    if let Some(code) = json.as_str() {
        return Ok(Failure::named(code, None, None));
    }
    let mut fields = Fields::new("error", json)?;
    let code = fields.text("code")?;
    let code = fields.needed("code", code)?;
    let message = fields.text("message")?;
    let status = fields.read("status", "an HTTP status from 200 to 599", |value| {
        value.as_u64().and_then(|status| u16::try_from(status).ok()).filter(is_final)
    })?;
    fields.end()?;
    Ok(Failure::named(&code, message, status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::chat::prompt::Role;

    fn said(script: &Script, words: &str) -> Option<String> {
        let mut prompt = Prompt::default();
        prompt.begin(Role::User);
        prompt.text(words);
        match script.next(&prompt)? {
            Written::Draft(draft) => match draft.blocks.first()? {
                Block::Text(text) => Some(text.clone()),
                other => Some(format!("{other:?}")),
            },
            Written::Failure(failure) => Some(format!("{} {}", failure.status, failure.code)),
        }
    }

    #[test]
    fn a_script_is_followed_in_order_and_then_ends() {
        let script = Script::parse(&json!([
            "one",
            {"when": "rain", "text": "wet"},
            {"error": "ThrottlingException"},
        ]))
        .unwrap();
        let copy = script.clone();
        assert_eq!(said(&script, "x").as_deref(), Some("one"));
        assert_eq!(said(&script, "rain?").as_deref(), Some("wet"));
        assert_eq!(said(&copy, "x").as_deref(), Some("429 ThrottlingException"));
        assert_eq!(said(&script, "x"), None);
        assert_eq!(said(&script, "rain!").as_deref(), Some("wet"));
    }

    #[test]
    fn a_single_reply_is_for_ever() {
        let script = Script::parse(&json!("same")).unwrap();
        assert_eq!(
            (said(&script, "a"), said(&script, "b")),
            (Some("same".into()), Some("same".into()))
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (json, words) in [
            (json!({"txt": "x"}), "reply: there is no setting called txt"),
            (json!({"toolUse": {"input": {}}}), "toolUse: name is missing"),
            (json!(5), "reply: a JSON object, not 5"),
            (json!({"content": [{"image": {}}]}), "content block: text, toolUse"),
            (json!({"error": {"message": "m"}}), "error: code is missing"),
            (json!({"error": {"code": "x", "status": 70_000}}), "an HTTP status from 200 to 599"),
            (json!({"usage": {"inputTokens": 1u64 << 40}}), "a whole number of tokens"),
        ] {
            let error = parse(&json).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
