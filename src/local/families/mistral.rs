//! Mistral, with `prompt` and `outputs`, or with `messages` and `choices`.

use serde_json::{Value, json};

use super::body_fields::{required_text, token_limit};
use super::format::{ChatFormat, Chunk, ReplyContext};
use super::plain_text::{StopNames, text_tokens};
use crate::local::chat::prompt::{Prompt, Role, ToolChoice};
use crate::local::chat::reply::{Block, Stop};
use crate::local::ids::identifier;
use crate::local::json::base64::unchecked_decoded_size;
use crate::local::json::members::{JsonExt, texts};
use crate::local::service_error::ServiceError;

pub(super) struct Mistral;

impl ChatFormat for Mistral {
    fn prompt(&self, body: &Value) -> Result<Prompt, ServiceError> {
        let mut prompt = match body.at("messages").as_array() {
            Some(messages) => chat(messages, body),
            None => Prompt::of_text(required_text(body, "prompt")?),
        };
        prompt.max_tokens = token_limit(body, "max_tokens")?;
        prompt.stop_sequences = texts(body.at("stop"));
        Ok(prompt)
    }

    fn response(&self, context: &ReplyContext<'_>) -> Value {
        if context.body.at("messages").is_null() {
            return json!({"outputs": [{
                "text": context.reply.text(), "stop_reason": stop_reason(&context.reply.stop),
            }]});
        }
        let usage = &context.reply.usage;
        let mut message = json!({"role": "assistant", "content": context.reply.text()});
        let calls = tool_calls(context);
        if !calls.is_empty() {
            message.put("tool_calls", json!(calls));
        }
        let mut body = chat_envelope(context, "chat.completion");
        body.put("choices", json!([choice(context, message, true)]));
        body.put(
            "usage",
            json!({
                "prompt_tokens": usage.input,
                "completion_tokens": usage.output,
                "total_tokens": usage.total(),
            }),
        );
        body
    }

    fn stream(&self, context: &ReplyContext<'_>) -> Vec<Chunk> {
        let text = context.reply.text();
        if context.body.at("messages").is_null() {
            return text_tokens(&text)
                .map(|(token, last)| {
                    let stop = last.then(|| stop_reason(&context.reply.stop));
                    Chunk::token(json!({"outputs": [{"text": token, "stop_reason": stop}]}))
                })
                .collect();
        }
        let calls = tool_calls(context);
        let mut chunks: Vec<Chunk> = text_tokens(&text)
            .map(|(token, last)| {
                let message = json!({"role": "assistant", "content": token});
                let mut body = chat_envelope(context, "chat.completion.chunk");
                body.put("choices", json!([choice(context, message, last && calls.is_empty())]));
                Chunk::token(body)
            })
            .collect();
        if !calls.is_empty() {
            let message = json!({"role": "assistant", "content": "", "tool_calls": calls});
            let mut body = chat_envelope(context, "chat.completion.chunk");
            body.put("choices", json!([choice(context, message, true)]));
            chunks.push(Chunk::token(body));
        }
        chunks
    }
}

fn chat(messages: &[Value], body: &Value) -> Prompt {
    let mut prompt = Prompt::default();
    for tool in body.at("tools").as_array().into_iter().flatten() {
        let function = tool.at("function");
        if let Some(name) = function.at("name").as_str() {
            let description = function.at("description").as_str().unwrap_or_default();
            prompt.tool(name, description, function.at("parameters"));
        }
    }
    prompt.tool_choice = match body.at("tool_choice") {
        Value::String(choice) if choice == "none" => ToolChoice::Never,
        Value::String(choice) if choice == "any" || choice == "required" => ToolChoice::Any,
        choice => match choice.at("function").at("name").as_str() {
            Some(name) => ToolChoice::Named(name.to_owned()),
            None => ToolChoice::Auto,
        },
    };
    for message in messages {
        match message.at("role").as_str() {
            Some("system") => prompt.begin_message(Role::System),
            Some("assistant") => prompt.begin_message(Role::Assistant),
            _ => prompt.begin_message(Role::User),
        }
        let content = message.at("content");
        if message.at("role").as_str() == Some("tool") {
            prompt
                .tool_result(&content.as_str().map_or_else(|| content.to_string(), str::to_owned));
            continue;
        }
        if let Some(text) = content.as_str() {
            prompt.text(text);
        }
        for part in content.as_array().into_iter().flatten() {
            if let Some(text) = part.at("text").as_str() {
                prompt.text(text);
            } else if let Some(url) = part.at("image_url").at("url").as_str() {
                // data:image/png;base64,…
                let (head, data) = url.split_once(',').unwrap_or(("", url));
                let format = head.split(['/', ';']).nth(1).unwrap_or("url");
                prompt.attachment("image", format, unchecked_decoded_size(data), data);
            }
        }
    }
    prompt
}

fn chat_envelope(context: &ReplyContext<'_>, object: &str) -> Value {
    json!({
        "id": format!("chatcmpl-{}", identifier(context.seed, 29)),
        "object": object,
        "created": 1_767_225_600,
        "model": context.model.trim_start_matches("mistral.").split(':').next(),
    })
}

/// Pixtral calls the reason `finish_reason`, the other models `stop_reason`.
fn choice(context: &ReplyContext<'_>, message: Value, last: bool) -> Value {
    let key = if context.model.contains("pixtral") { "finish_reason" } else { "stop_reason" };
    let stop = last.then(|| stop_reason(&context.reply.stop));
    json!({"index": 0, "message": message, key: stop})
}

fn tool_calls(context: &ReplyContext<'_>) -> Vec<Value> {
    let call = |block: &Block| match block {
        Block::ToolUse { id, name, input } => Some(json!({
            // Mistral's ids have nine characters.
            "id": id.get(id.len().saturating_sub(9)..),
            "type": "function",
            "function": {"name": name, "arguments": input.to_string()},
        })),
        Block::Text(_) | Block::Reasoning { .. } => None,
    };
    context.reply.blocks.iter().filter_map(call).collect()
}

fn stop_reason(stop: &Stop) -> &'static str {
    const NAMES: StopNames = StopNames { end: "stop", sequence: "stop", length: "length" };
    match stop {
        Stop::ToolUse => "tool_calls",
        stop => NAMES.of(stop),
    }
}
