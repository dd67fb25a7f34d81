//! One reply that a script or the program's callable gives.

use base64_simd::STANDARD;
use serde_json::{Value, json};

use crate::local::chat::draft::Draft;
use crate::local::chat::reply::{Block, Stop};
use crate::local::ids::identifier;
use crate::local::json::members::JsonExt;
use crate::local::json::strict::StrictObject;
use crate::local::service_error::ServiceError;

/// What the model says, or the error that the service reports instead.
#[derive(Debug, Clone)]
pub(crate) enum ScriptedReply {
    Draft(Draft),
    Error(ServiceError),
}

impl ScriptedReply {
    /// Reads a text, or an object with `text`, `reasoning`, `toolUse`, `content` (Converse's
    /// blocks), `stopReason`, `usage`, or `error`. The error is a sentence for the caller.
    pub(crate) fn parse(json: &Value) -> Result<Self, String> {
        if let Some(text) = json.as_str() {
            let blocks = vec![Block::Text(text.to_owned())];
            return Ok(ScriptedReply::Draft(Draft { blocks, ..Draft::default() }));
        }
        let mut object = StrictObject::new("reply", json)?;
        if let Some(error) = object.take("error") {
            object.finish()?;
            return Ok(ScriptedReply::Error(ServiceError::from_settings(&error)?));
        }
        let mut draft = Draft::default();
        if let Some(text) = object.text("reasoning")? {
            draft.blocks.push(reasoning(text, None));
        }
        if let Some(text) = object.text("text")? {
            draft.blocks.push(Block::Text(text));
        }
        match object.take("toolUse") {
            None => {}
            Some(Value::Array(calls)) => {
                for call in &calls {
                    draft.blocks.push(tool_use(call, draft.blocks.len())?);
                }
            }
            Some(call) => draft.blocks.push(tool_use(&call, draft.blocks.len())?),
        }
        for block in object.list("content")?.unwrap_or_default() {
            draft.blocks.push(content(&block, draft.blocks.len())?);
        }
        draft.stop = object.text("stopReason")?.map(stop_reason);
        if let Some(usage) = object.take("usage") {
            let mut usage = StrictObject::new("usage", &usage)?;
            let mut count = |name| {
                usage
                    .read(name, "a whole number of tokens", |value| value.as_u64()?.try_into().ok())
            };
            draft.input_tokens = count("inputTokens")?;
            draft.output_tokens = count("outputTokens")?;
            usage.finish()?;
        }
        object.finish()?;
        Ok(ScriptedReply::Draft(draft))
    }
}

/// One of Converse's content blocks.
fn content(block: &Value, position: usize) -> Result<Block, String> {
    let mut object = StrictObject::new("content block", block)?;
    let parsed = if let Some(text) = object.text("text")? {
        Block::Text(text)
    } else if let Some(call) = object.take("toolUse") {
        tool_use(&call, position)?
    } else if let Some(thought) = object.take("reasoningContent") {
        let text = thought.at("reasoningText").at("text").as_str();
        let text = object.required("reasoningText.text", text)?;
        reasoning(text.to_owned(), thought.at("reasoningText").at("signature").as_str())
    } else {
        return Err(format!("content block: text, toolUse or reasoningContent, not {block}"));
    };
    object.finish()?;
    Ok(parsed)
}

fn reasoning(text: String, signature: Option<&str>) -> Block {
    let signature = signature.map_or_else(|| STANDARD.encode_to_string(&text), str::to_owned);
    Block::Reasoning { text, signature }
}

fn tool_use(call: &Value, position: usize) -> Result<Block, String> {
    let mut object = StrictObject::new("toolUse", call)?;
    let name = object.text("name")?;
    let name = object.required("name", name)?;
    let input = object.take("input").unwrap_or_else(|| json!({}));
    let id = object.text("toolUseId")?;
    object.finish()?;
    let id = id.unwrap_or_else(|| {
        format!("tooluse_{}", identifier(fastrand::u64(..) ^ position as u64, 22))
    });
    Ok(Block::ToolUse { id, name, input })
}

fn stop_reason(reason: String) -> Stop {
    match reason.as_str() {
        "end_turn" => Stop::EndTurn,
        "tool_use" => Stop::ToolUse,
        "max_tokens" => Stop::MaxTokens,
        "guardrail_intervened" => Stop::GuardrailIntervened,
        _ => Stop::Other(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let error = ScriptedReply::parse(&json).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
