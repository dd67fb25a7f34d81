//! Mistral: a prompt in and `outputs` out, or messages in and `choices` out.

use serde_json::{Value, json};

use super::{
    Answer, ChatBody, Chunk, decoded_size, limit, reason, required_text, single, text_tokens, texts,
};
use crate::local::chat::prompt::{Prompt, Role, ToolChoice};
use crate::local::chat::reply::{Block, Stop};
use crate::local::failure::Failure;
use crate::local::ids::identifier;
use crate::local::json::Json;

pub(super) struct Mistral;

impl ChatBody for Mistral {
    fn prompt(&self, body: &Value) -> Result<Prompt, Failure> {
        let mut prompt = match body.at("messages").as_array() {
            Some(messages) => chat(messages, body),
            None => single(required_text(body, "prompt")?),
        };
        prompt.max_tokens = limit(body, "max_tokens")?;
        prompt.stop_sequences = texts(body.at("stop"));
        Ok(prompt)
    }

    fn response(&self, answer: &Answer<'_>) -> Value {
        if answer.body.at("messages").is_null() {
            return json!({"outputs": [{
                "text": answer.reply.text(), "stop_reason": stop_reason(&answer.reply.stop),
            }]});
        }
        let usage = &answer.reply.usage;
        let mut message = json!({"role": "assistant", "content": answer.reply.text()});
        let calls = tool_calls(answer);
        if !calls.is_empty() {
            message.put("tool_calls", json!(calls));
        }
        let mut body = chat_envelope(answer, "chat.completion");
        body.put("choices", json!([choice(answer, message, true)]));
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

    fn stream(&self, answer: &Answer<'_>) -> Vec<Chunk> {
        let text = answer.reply.text();
        if answer.body.at("messages").is_null() {
            return text_tokens(&text)
                .map(|(token, last)| {
                    let stop = last.then(|| stop_reason(&answer.reply.stop));
                    Chunk::token(json!({"outputs": [{"text": token, "stop_reason": stop}]}))
                })
                .collect();
        }
        let calls = tool_calls(answer);
        let mut chunks: Vec<Chunk> = text_tokens(&text)
            .map(|(token, last)| {
                let message = json!({"role": "assistant", "content": token});
                let mut body = chat_envelope(answer, "chat.completion.chunk");
                body.put("choices", json!([choice(answer, message, last && calls.is_empty())]));
                Chunk::token(body)
            })
            .collect();
        if !calls.is_empty() {
            let message = json!({"role": "assistant", "content": "", "tool_calls": calls});
            let mut body = chat_envelope(answer, "chat.completion.chunk");
            body.put("choices", json!([choice(answer, message, true)]));
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
            Some("system") => prompt.begin(Role::System),
            Some("assistant") => prompt.begin(Role::Assistant),
            _ => prompt.begin(Role::User),
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
                prompt.attachment("image", format, decoded_size(data), data);
            }
        }
    }
    prompt
}

fn chat_envelope(answer: &Answer<'_>, object: &str) -> Value {
    json!({
        "id": format!("chatcmpl-{}", identifier(answer.seed, 29)),
        "object": object,
        "created": 1_767_225_600,
        "model": answer.model.trim_start_matches("mistral.").split(':').next(),
    })
}

/// Pixtral says `finish_reason`, the others `stop_reason`.
fn choice(answer: &Answer<'_>, message: Value, last: bool) -> Value {
    let key = if answer.model.contains("pixtral") { "finish_reason" } else { "stop_reason" };
    let stop = last.then(|| stop_reason(&answer.reply.stop));
    json!({"index": 0, "message": message, key: stop})
}

fn tool_calls(answer: &Answer<'_>) -> Vec<Value> {
    let call = |block: &Block| match block {
        Block::ToolUse { id, name, input } => Some(json!({
            // Mistral's ids have nine characters.
            "id": id.get(id.len().saturating_sub(9)..),
            "type": "function",
            "function": {"name": name, "arguments": input.to_string()},
        })),
        Block::Text(_) | Block::Reasoning { .. } => None,
    };
    answer.reply.blocks.iter().filter_map(call).collect()
}

fn stop_reason(stop: &Stop) -> &'static str {
    match stop {
        Stop::ToolUse => "tool_calls",
        stop => reason(stop, "stop", "stop", "length"),
    }
}
