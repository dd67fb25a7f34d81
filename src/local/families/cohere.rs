//! Cohere Command, with `prompt` and `generations`, and Command R, with `message` and `text`.

use serde_json::{Value, json};

use super::body_fields::{required_text, token_limit};
use super::format::{ChatFormat, Chunk, ReplyContext};
use super::plain_text::{StopNames, text_tokens};
use crate::local::chat::prompt::{Prompt, Role};
use crate::local::chat::reply::Block;
use crate::local::ids::uuid;
use crate::local::json::members::{JsonExt, texts};
use crate::local::service_error::ServiceError;

pub(super) struct Command;

impl ChatFormat for Command {
    fn prompt(&self, body: &Value) -> Result<Prompt, ServiceError> {
        let mut prompt = match (body.at("message"), body.at("prompt")) {
            (Value::String(message), _) => chat(message, body),
            (_, Value::Null) => return Err(ServiceError::missing_key("message")),
            _ => Prompt::of_text(required_text(body, "prompt")?),
        };
        prompt.max_tokens = token_limit(body, "max_tokens")?;
        prompt.stop_sequences = texts(body.at("stop_sequences"));
        Ok(prompt)
    }

    fn response(&self, context: &ReplyContext<'_>) -> Value {
        if context.body.at("message").is_null() {
            let generation = json!({
                "id": uuid(context.seed),
                "text": context.reply.text(),
                "finish_reason": finish_reason(context),
            });
            return json!({
                "id": uuid(context.seed ^ 1),
                "generations": [generation],
                "prompt": context.body.at("prompt"),
            });
        }
        let text = context.reply.text();
        let mut history = context.body.at("chat_history").as_array().cloned().unwrap_or_default();
        history.push(json!({"role": "USER", "message": context.body.at("message")}));
        history.push(json!({"role": "CHATBOT", "message": text}));
        let mut body = json!({
            "response_id": uuid(context.seed ^ 1),
            "generation_id": uuid(context.seed),
            "text": text,
            "chat_history": history,
            "finish_reason": finish_reason(context),
        });
        let calls = tool_calls(context);
        if !calls.is_empty() {
            body.put("tool_calls", json!(calls));
        }
        body
    }

    fn stream(&self, context: &ReplyContext<'_>) -> Vec<Chunk> {
        let text = context.reply.text();
        let mut chunks: Vec<Chunk>;
        if context.body.at("message").is_null() {
            // Unless the body, too, asks for a stream, the whole response is one chunk.
            if context.body.at("stream").as_bool() != Some(true) {
                return vec![Chunk::token(self.response(context))];
            }
            chunks = text_tokens(&text)
                .map(|(token, _)| {
                    Chunk::token(json!({"index": 0, "is_finished": false, "text": token}))
                })
                .collect();
            let finish_reason = finish_reason(context);
            chunks.push(Chunk::plain(json!({"finish_reason": finish_reason, "is_finished": true})));
            return chunks;
        }
        chunks = text_tokens(&text)
            .map(|(token, _)| {
                Chunk::token(
                    json!({"is_finished": false, "event_type": "text-generation", "text": token}),
                )
            })
            .collect();
        let calls = tool_calls(context);
        if !calls.is_empty() {
            chunks.push(Chunk::token(json!({
                "is_finished": false, "event_type": "tool-calls-generation", "tool_calls": calls,
            })));
        }
        chunks.push(Chunk::plain(json!({
            "is_finished": true,
            "event_type": "stream-end",
            "finish_reason": finish_reason(context),
            "response": self.response(context),
        })));
        chunks
    }
}

fn chat(message: &str, body: &Value) -> Prompt {
    let mut prompt = Prompt::default();
    for tool in body.at("tools").as_array().into_iter().flatten() {
        if let Some(name) = tool.at("name").as_str() {
            let description = tool.at("description").as_str().unwrap_or_default();
            prompt.tool(name, description, &schema(tool.at("parameter_definitions")));
        }
    }
    if let Some(preamble) = body.at("preamble").as_str() {
        prompt.begin_message(Role::System);
        prompt.text(preamble);
    }
    for turn in body.at("chat_history").as_array().into_iter().flatten() {
        prompt.begin_message(match turn.at("role").as_str() {
            Some("CHATBOT") => Role::Assistant,
            Some("SYSTEM") => Role::System,
            _ => Role::User,
        });
        prompt.text(turn.at("message").as_str().unwrap_or_default());
    }
    prompt.end_turn();
    prompt.begin_message(Role::User);
    if !message.is_empty() {
        prompt.text(message);
    }
    for result in body.at("tool_results").as_array().into_iter().flatten() {
        prompt.tool_result(&result.at("outputs").to_string());
    }
    prompt
}

/// Cohere's parameter definitions as a JSON schema.
fn schema(definitions: &Value) -> Value {
    let properties: serde_json::Map<String, Value> = definitions
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, definition)| {
            (name.clone(), of_type(definition.at("type").as_str().unwrap_or("str")))
        })
        .collect();
    json!({"type": "object", "properties": properties})
}

/// A Python type such as `List[int]` as a JSON schema.
fn of_type(python: &str) -> Value {
    let (name, inner) = python.split_once('[').unwrap_or((python, "str"));
    match name.to_lowercase().as_str() {
        "int" => json!({"type": "integer"}),
        "float" => json!({"type": "number"}),
        "bool" => json!({"type": "boolean"}),
        "dict" => json!({"type": "object"}),
        "list" => {
            json!({"type": "array", "items": of_type(inner.strip_suffix(']').unwrap_or(inner))})
        }
        _ => json!({"type": "string"}),
    }
}

fn tool_calls(context: &ReplyContext<'_>) -> Vec<Value> {
    let call = |block: &Block| match block {
        Block::ToolUse { name, input, .. } => Some(json!({"name": name, "parameters": input})),
        Block::Text(_) | Block::Reasoning { .. } => None,
    };
    context.reply.blocks.iter().filter_map(call).collect()
}

fn finish_reason(context: &ReplyContext<'_>) -> &'static str {
    const NAMES: StopNames =
        StopNames { end: "COMPLETE", sequence: "COMPLETE", length: "MAX_TOKENS" };
    NAMES.of(&context.reply.stop)
}
