//! Anthropic's Messages API.

use serde_json::{Value, json};

use super::body_fields::token_limit;
use super::format::{ChatFormat, Chunk, ReplyContext};
use crate::local::chat::prompt::{Prompt, Role, ToolChoice};
use crate::local::chat::reply::{Block, Stop, Usage};
use crate::local::chat::tokens::tokens;
use crate::local::ids::identifier;
use crate::local::json::base64::unchecked_decoded_size;
use crate::local::json::members::{JsonExt, quoted, texts};
use crate::local::service_error::ServiceError;

pub(super) struct Messages;

impl ChatFormat for Messages {
    fn prompt(&self, body: &Value) -> Result<Prompt, ServiceError> {
        if body.at("anthropic_version").is_null() {
            return Err(ServiceError::missing_key("anthropic_version"));
        }
        let max_tokens = token_limit(body, "max_tokens")?
            .ok_or_else(|| ServiceError::missing_key("max_tokens"))?;
        let messages =
            body.at("messages").as_array().ok_or_else(|| ServiceError::missing_key("messages"))?;
        match messages.first().map(|message| message.at("role")) {
            None => {
                return Err(ServiceError::validation("messages: at least one message is required"));
            }
            Some(role) if role.as_str() != Some("user") => {
                return Err(ServiceError::validation(
                    "messages: first message must use the \"user\" role",
                ));
            }
            Some(_) => {}
        }
        let mut prompt = Prompt::default();
        prompt.max_tokens = Some(max_tokens);
        tools(&mut prompt, body);
        if let Some(name) = prompt.missing_tool() {
            return Err(ServiceError::validation(format!(
                "tool_choice.name: tool '{name}' not found in provided tools"
            )));
        }
        if !body.at("system").is_null() {
            prompt.begin_message(Role::System);
            content(&mut prompt, body.at("system"));
        }
        for (index, message) in messages.iter().enumerate() {
            prompt.begin_message(match message.at("role").as_str() {
                Some("user") => Role::User,
                Some("assistant") => Role::Assistant,
                _ => {
                    return Err(ServiceError::malformed(format_args!(
                        "#/messages/{index}/role: {} is not a valid enum value",
                        message.at("role")
                    )));
                }
            });
            content(&mut prompt, message.at("content"));
        }
        prompt.stop_sequences = texts(body.at("stop_sequences"));
        prompt.reasoning =
            matches!(body.at("thinking").at("type").as_str(), Some("enabled" | "adaptive"));
        Ok(prompt)
    }

    fn response(&self, context: &ReplyContext<'_>) -> Value {
        let mut message = envelope(context);
        message.put("content", context.reply.blocks.iter().map(block).collect());
        message.put("stop_reason", json!(stop_reason(&context.reply.stop)));
        message.put("stop_sequence", stop_sequence(&context.reply.stop));
        message.put("usage", usage(&context.reply.usage, context.reply.usage.output));
        message
    }

    fn stream(&self, context: &ReplyContext<'_>) -> Vec<Chunk> {
        let reply = context.reply;
        let mut chunks =
            vec![Chunk::plain(json!({"type": "message_start", "message": envelope(context)}))];
        for (index, part) in reply.blocks.iter().enumerate() {
            let start = match part {
                Block::Text(_) => json!({"type": "text", "text": ""}),
                Block::Reasoning { .. } => {
                    json!({"type": "thinking", "thinking": "", "signature": ""})
                }
                Block::ToolUse { id, name, .. } => {
                    json!({"type": "tool_use", "id": id, "name": name, "input": {}})
                }
            };
            chunks.push(Chunk::plain(json!({
                "type": "content_block_start", "index": index, "content_block": start,
            })));
            let delta = |kind: &str, member: &str, text: &str| {
                let text = quoted(text);
                Chunk::token(format_args!(
                    "{{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{{\"type\":\"{kind}\",\"{member}\":{text}}}}}"
                ))
            };
            match part {
                Block::Text(text) => {
                    chunks.extend(tokens(text).map(|token| delta("text_delta", "text", token)));
                }
                Block::Reasoning { text, signature } => {
                    chunks.extend(
                        tokens(text).map(|token| delta("thinking_delta", "thinking", token)),
                    );
                    chunks.push(delta("signature_delta", "signature", signature));
                }
                Block::ToolUse { input, .. } => {
                    let input = input.to_string();
                    chunks.extend(
                        tokens(&input)
                            .map(|token| delta("input_json_delta", "partial_json", token)),
                    );
                }
            }
            chunks.push(Chunk::plain(json!({"type": "content_block_stop", "index": index})));
        }
        chunks.push(Chunk::plain(json!({
            "type": "message_delta",
            "delta": {
                "stop_reason": stop_reason(&reply.stop),
                "stop_sequence": stop_sequence(&reply.stop),
            },
            "usage": {"output_tokens": reply.usage.output},
        })));
        chunks.push(Chunk::plain(json!({"type": "message_stop"})));
        chunks
    }
}

fn tools(prompt: &mut Prompt, body: &Value) {
    for tool in body.at("tools").as_array().into_iter().flatten() {
        if let Some(name) = tool.at("name").as_str() {
            let description = tool.at("description").as_str().unwrap_or_default();
            prompt.tool(name, description, tool.at("input_schema"));
            cache_control(prompt, tool);
        }
    }
    let choice = body.at("tool_choice");
    prompt.tool_choice = match choice.at("type").as_str() {
        Some("any") => ToolChoice::Any,
        Some("none") => ToolChoice::Never,
        Some("tool") => {
            ToolChoice::Named(choice.at("name").as_str().unwrap_or_default().to_owned())
        }
        _ => ToolChoice::Auto,
    };
}

/// A text, or a list of blocks.
fn content(prompt: &mut Prompt, content: &Value) {
    if let Some(text) = content.as_str() {
        prompt.text(text);
    }
    for part in content.as_array().into_iter().flatten() {
        match part.at("type").as_str() {
            Some("text") => prompt.text(part.at("text").as_str().unwrap_or_default()),
            Some(kind @ ("image" | "document")) => {
                let source = part.at("source");
                let data = source.at("data").as_str().unwrap_or_default();
                let format =
                    source.at("media_type").as_str().and_then(|media| media.rsplit('/').next());
                prompt.attachment(
                    kind,
                    format.unwrap_or("text"),
                    unchecked_decoded_size(data),
                    data,
                );
            }
            Some("tool_result") => {
                let result = part.at("content");
                let parts = result
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|part| part.at("text").as_str());
                let text = result
                    .as_str()
                    .map_or_else(|| parts.collect::<Vec<_>>().join(" "), str::to_owned);
                prompt.tool_result(&text);
            }
            _ => prompt.unechoed(&part.to_string()),
        }
        cache_control(prompt, part);
    }
}

fn cache_control(prompt: &mut Prompt, holder: &Value) {
    if holder.at("cache_control").is_object() {
        prompt.cache_point(holder.at("cache_control").at("ttl").as_str());
    }
}

fn envelope(context: &ReplyContext<'_>) -> Value {
    json!({
        "id": format!("msg_bdrk_{}", identifier(context.seed, 24)),
        "type": "message",
        "role": "assistant",
        "model": model_name(context.model),
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": usage(&context.reply.usage, 1),
    })
}

/// Anthropic's name of a model: `claude-x` for `anthropic.claude-x-v1:0`.
fn model_name(model: &str) -> &str {
    let name = model.strip_prefix("anthropic.").unwrap_or(model);
    let name = name.split(':').next().unwrap_or(name);
    name.strip_suffix("-v1").or(name.strip_suffix("-v2")).unwrap_or(name)
}

/// `output` is the number of tokens so far.
fn usage(usage: &Usage, output: u32) -> Value {
    let mut value = json!({"input_tokens": usage.input, "output_tokens": output});
    if let (Some(cache), Some(fields)) = (usage.cache, value.as_object_mut()) {
        fields.insert("cache_creation_input_tokens".to_owned(), json!(cache.written));
        fields.insert("cache_read_input_tokens".to_owned(), json!(cache.read));
        fields.insert(
            "cache_creation".to_owned(),
            json!({
                "ephemeral_5m_input_tokens": cache.written - cache.written_for_an_hour,
                "ephemeral_1h_input_tokens": cache.written_for_an_hour,
            }),
        );
    }
    value
}

fn block(block: &Block) -> Value {
    match block {
        Block::Text(text) => json!({"type": "text", "text": text}),
        Block::Reasoning { text, signature } => {
            json!({"type": "thinking", "thinking": text, "signature": signature})
        }
        Block::ToolUse { id, name, input } => {
            json!({"type": "tool_use", "id": id, "name": name, "input": input})
        }
    }
}

fn stop_reason(stop: &Stop) -> &str {
    match stop {
        Stop::GuardrailIntervened => "end_turn",
        stop => stop.name(),
    }
}

fn stop_sequence(stop: &Stop) -> Value {
    match stop {
        Stop::Sequence(sequence) => json!(sequence),
        _ => Value::Null,
    }
}
