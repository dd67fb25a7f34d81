//! Cohere Command: a prompt in and `generations` out, or Command R's message in and `text` out.

use serde_json::{Value, json};

use super::{
    Answer, ChatBody, Chunk, limit, missing, reason, required_text, single, text_tokens, texts,
};
use crate::local::chat::prompt::{Prompt, Role};
use crate::local::chat::reply::Block;
use crate::local::failure::Failure;
use crate::local::ids::uuid;
use crate::local::json::Json;

pub(super) struct Command;

impl ChatBody for Command {
    fn prompt(&self, body: &Value) -> Result<Prompt, Failure> {
        let mut prompt = match (body.at("message"), body.at("prompt")) {
            (Value::String(message), _) => chat(message, body),
            (_, Value::Null) => return Err(missing("message")),
            _ => single(required_text(body, "prompt")?),
        };
        prompt.max_tokens = limit(body, "max_tokens")?;
        prompt.stop_sequences = texts(body.at("stop_sequences"));
        Ok(prompt)
    }

    fn response(&self, answer: &Answer<'_>) -> Value {
        if answer.body.at("message").is_null() {
            let generation = json!({
                "id": uuid(answer.seed),
                "text": answer.reply.text(),
                "finish_reason": finish_reason(answer),
            });
            return json!({
                "id": uuid(answer.seed ^ 1),
                "generations": [generation],
                "prompt": answer.body.at("prompt"),
            });
        }
        let text = answer.reply.text();
        let mut history = answer.body.at("chat_history").as_array().cloned().unwrap_or_default();
        history.push(json!({"role": "USER", "message": answer.body.at("message")}));
        history.push(json!({"role": "CHATBOT", "message": text}));
        let mut body = json!({
            "response_id": uuid(answer.seed ^ 1),
            "generation_id": uuid(answer.seed),
            "text": text,
            "chat_history": history,
            "finish_reason": finish_reason(answer),
        });
        let calls = tool_calls(answer);
        if !calls.is_empty() {
            body.put("tool_calls", json!(calls));
        }
        body
    }

    fn stream(&self, answer: &Answer<'_>) -> Vec<Chunk> {
        let text = answer.reply.text();
        let mut chunks: Vec<Chunk>;
        if answer.body.at("message").is_null() {
            // Unless the body asks for a stream as well, the whole answer is one chunk.
            if answer.body.at("stream").as_bool() != Some(true) {
                return vec![Chunk::token(self.response(answer))];
            }
            chunks = text_tokens(&text)
                .map(|(token, _)| {
                    Chunk::token(json!({"index": 0, "is_finished": false, "text": token}))
                })
                .collect();
            let finish_reason = finish_reason(answer);
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
        let calls = tool_calls(answer);
        if !calls.is_empty() {
            chunks.push(Chunk::token(json!({
                "is_finished": false, "event_type": "tool-calls-generation", "tool_calls": calls,
            })));
        }
        chunks.push(Chunk::plain(json!({
            "is_finished": true,
            "event_type": "stream-end",
            "finish_reason": finish_reason(answer),
            "response": self.response(answer),
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
        prompt.begin(Role::System);
        prompt.text(preamble);
    }
    for turn in body.at("chat_history").as_array().into_iter().flatten() {
        prompt.begin(match turn.at("role").as_str() {
            Some("CHATBOT") => Role::Assistant,
            Some("SYSTEM") => Role::System,
            _ => Role::User,
        });
        prompt.text(turn.at("message").as_str().unwrap_or_default());
    }
    prompt.end_turn();
    prompt.begin(Role::User);
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

/// A type in Python's words, e.g. `List[int]`, as a JSON schema.
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

fn tool_calls(answer: &Answer<'_>) -> Vec<Value> {
    let call = |block: &Block| match block {
        Block::ToolUse { name, input, .. } => Some(json!({"name": name, "parameters": input})),
        Block::Text(_) | Block::Reasoning { .. } => None,
    };
    answer.reply.blocks.iter().filter_map(call).collect()
}

fn finish_reason(answer: &Answer<'_>) -> &'static str {
    reason(&answer.reply.stop, "COMPLETE", "COMPLETE", "MAX_TOKENS")
}
