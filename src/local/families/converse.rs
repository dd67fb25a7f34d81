//! The format of Converse and ConverseStream, whose bodies the service model describes.

use serde_json::{Map, Value, json};

use crate::local::chat::prompt::{Prompt, Role, ToolChoice};
use crate::local::chat::reply::{Block, Reply, Usage};
use crate::local::chat::tokens::tokens;
use crate::local::event_stream::frames::Frames;
use crate::local::json::base64::unchecked_decoded_size;
use crate::local::json::members::{JsonExt, quoted, texts};
use crate::local::service_error::ServiceError;

/// Reads a request that is valid by the service model, and checks the rules of a conversation that
/// the model does not express.
pub(crate) fn prompt(input: &Value) -> Result<Prompt, ServiceError> {
    let mut prompt = Prompt::default();
    if let Some(config) = input.at("toolConfig").as_object() {
        tools(&mut prompt, config);
    }
    if let Some(name) = prompt.missing_tool() {
        return Err(ServiceError::validation(format!(
            "The tool {name} of toolConfig.toolChoice is not among toolConfig.tools."
        )));
    }
    if let Some(system) = input.at("system").as_array() {
        prompt.begin_message(Role::System);
        for block in system {
            content(&mut prompt, block);
        }
    }
    let messages = input.at("messages").as_array().map_or(&[][..], Vec::as_slice);
    check_conversation(messages, input.at("toolConfig"))?;
    for message in messages {
        prompt.begin_message(match message.at("role").as_str() {
            Some("assistant") => Role::Assistant,
            Some("system") => Role::System,
            _ => Role::User,
        });
        for block in message.at("content").as_array().into_iter().flatten() {
            content(&mut prompt, block);
        }
    }
    let inference = input.at("inferenceConfig");
    prompt.max_tokens = inference.at("maxTokens").as_u64().and_then(|max| u32::try_from(max).ok());
    prompt.stop_sequences = texts(inference.at("stopSequences"));
    let extra = input.at("additionalModelRequestFields");
    prompt.reasoning = ["thinking", "reasoning_config", "reasoningConfig"]
        .iter()
        .any(|field| matches!(extra.at(field).at("type").as_str(), Some("enabled" | "adaptive")));
    let schema =
        input.at("outputConfig").at("textFormat").at("structure").at("jsonSchema").at("schema");
    prompt.output_schema = schema.as_str().and_then(|schema| serde_json::from_str(schema).ok());
    Ok(prompt)
}

fn tools(prompt: &mut Prompt, config: &Map<String, Value>) {
    for tool in config.get("tools").and_then(Value::as_array).into_iter().flatten() {
        if let Some(name) = tool.at("toolSpec").at("name").as_str() {
            let description = tool.at("toolSpec").at("description").as_str().unwrap_or_default();
            prompt.tool(name, description, tool.at("toolSpec").at("inputSchema").at("json"));
        } else if tool.at("cachePoint").is_object() {
            prompt.cache_point(tool.at("cachePoint").at("ttl").as_str());
        }
    }
    let choice = config.get("toolChoice").unwrap_or(&Value::Null);
    prompt.tool_choice = if let Some(name) = choice.at("tool").at("name").as_str() {
        ToolChoice::Named(name.to_owned())
    } else if choice.at("any").is_object() {
        ToolChoice::Any
    } else {
        ToolChoice::Auto
    };
}

/// Adds a content block of any kind.
fn content(prompt: &mut Prompt, block: &Value) {
    // Nulls and type hints count as absent.
    let set = |(name, value): &(&String, &Value)| !value.is_null() && *name != "__type";
    let Some((kind, value)) = block.as_object().and_then(|members| members.iter().find(set)) else {
        return;
    };
    match kind.as_str() {
        "text" => prompt.text(value.as_str().unwrap_or_default()),
        "guardContent" if value.at("text").is_object() => {
            prompt.guarded_text(value.at("text").at("text").as_str().unwrap_or_default());
        }
        "guardContent" => attachment(prompt, "image", value.at("image")),
        "image" | "video" | "audio" | "document" => attachment(prompt, kind, value),
        "toolResult" => prompt.tool_result(&tool_result(value.at("content"))),
        "cachePoint" => prompt.cache_point(value.at("ttl").as_str()),
        _ => prompt.unechoed(&value.to_string()),
    }
}

fn attachment(prompt: &mut Prompt, kind: &str, value: &Value) {
    let format = value.at("format").as_str().unwrap_or("txt");
    let source = value.at("source");
    if let Some(base64) = source.at("bytes").as_str() {
        prompt.attachment(kind, format, unchecked_decoded_size(base64), base64);
    } else {
        let text = source.at("text").as_str().map_or_else(|| source.to_string(), str::to_owned);
        prompt.attachment(kind, format, text.len(), &text);
    }
}

/// A tool's result as one text.
fn tool_result(content: &Value) -> String {
    let parts: Vec<String> = content
        .as_array()
        .into_iter()
        .flatten()
        .map(|part| match (part.at("text"), part.at("json")) {
            (Value::String(text), _) => text.clone(),
            (_, Value::Null) => part
                .as_object()
                .and_then(|part| part.keys().next())
                .map_or_else(String::new, |kind| format!("[{kind}]")),
            (_, json) => json.to_string(),
        })
        .collect();
    parts.join(" ")
}

/// The service's rules about turns and tool calls, with its messages.
fn check_conversation(messages: &[Value], tool_config: &Value) -> Result<(), ServiceError> {
    if messages.first().is_none_or(|first| first.at("role") != "user") {
        return Err(ServiceError::validation(
            "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        ));
    }
    let mut awaited: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let blocks = message.at("content").as_array().map_or(&[][..], Vec::as_slice);
        if blocks.is_empty() {
            return Err(ServiceError::validation(format!(
                "The content field in the Message object at messages.{index} is empty. Add a ContentBlock object to the content field and try again."
            )));
        }
        check_blocks(index, blocks, tool_config)?;
        let ids = |kind: &str| -> Vec<&str> {
            blocks.iter().filter_map(|block| block.at(kind).at("toolUseId").as_str()).collect()
        };
        let given = ids("toolResult");
        let missing: Vec<&str> = awaited.iter().filter(|id| !given.contains(id)).copied().collect();
        if !missing.is_empty() {
            return Err(ServiceError::validation(format!(
                "Expected toolResult blocks at messages.{index}.content for the following Ids: {}",
                missing.join(", ")
            )));
        }
        if given.len() > awaited.len() {
            return Err(ServiceError::validation(format!(
                "The number of toolResult blocks at messages.{index}.content exceeds the number of toolUse blocks of previous turn."
            )));
        }
        awaited = ids("toolUse");
    }
    Ok(())
}

fn check_blocks(message: usize, blocks: &[Value], tool_config: &Value) -> Result<(), ServiceError> {
    for (index, block) in blocks.iter().enumerate() {
        if block.at("text").as_str().is_some_and(|text| text.trim().is_empty()) {
            return Err(ServiceError::validation(format!(
                "The text field in the ContentBlock object at messages.{message}.content.{index} is blank. Add text to the text field, and try again."
            )));
        }
        if tool_config.is_null()
            && (block.at("toolUse").is_object() || block.at("toolResult").is_object())
        {
            return Err(ServiceError::validation(
                "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
            ));
        }
    }
    Ok(())
}

/// The body of a Converse response. `extra` has the members that depend on the request.
pub(crate) fn response(reply: &Reply, extra: Map<String, Value>) -> Value {
    let mut response = json!({
        "output": {"message": message(reply)},
        "stopReason": reply.stop.name(),
        "usage": usage(&reply.usage),
        "metrics": {"latencyMs": reply.latency},
    });
    if let Some(members) = response.as_object_mut() {
        members.extend(extra);
    }
    response
}

/// The reply as a message.
pub(crate) fn message(reply: &Reply) -> Value {
    let content: Vec<Value> = reply.blocks.iter().map(block).collect();
    json!({"role": "assistant", "content": content})
}

fn block(block: &Block) -> Value {
    match block {
        Block::Text(text) => json!({"text": text}),
        Block::Reasoning { text, signature } => {
            json!({"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}})
        }
        Block::ToolUse { id, name, input } => {
            json!({"toolUse": {"toolUseId": id, "name": name, "input": input}})
        }
    }
}

fn usage(usage: &Usage) -> Value {
    let mut value = json!({
        "inputTokens": usage.input,
        "outputTokens": usage.output,
        "totalTokens": usage.total(),
    });
    if let (Some(cache), Some(fields)) = (usage.cache, value.as_object_mut()) {
        fields.insert("cacheReadInputTokens".to_owned(), json!(cache.read));
        fields.insert("cacheWriteInputTokens".to_owned(), json!(cache.written));
        if cache.written > 0 {
            let details: Vec<Value> = [
                ("1h", cache.written_for_an_hour),
                ("5m", cache.written - cache.written_for_an_hour),
            ]
            .iter()
            .filter(|(_, tokens)| *tokens > 0)
            .map(|(ttl, tokens)| json!({"ttl": ttl, "inputTokens": tokens}))
            .collect();
            fields.insert("cacheDetails".to_owned(), json!(details));
        }
    }
    value
}

/// The frames of a ConverseStream response. `extra` as for [`response`].
pub(crate) fn stream(reply: &Reply, mut extra: Map<String, Value>, seed: u64) -> Frames {
    let mut frames = Frames::new(seed);
    let fields = extra.remove("additionalModelResponseFields");
    events(reply, &mut |event, payload, token| match (&fields, event) {
        (Some(fields), "messageStop") => {
            let payload = payload.strip_suffix('}').unwrap_or(&payload);
            let members = format!("{payload},\"additionalModelResponseFields\":{fields}}}");
            frames.event(event, &members, token);
        }
        _ => frames.event(event, &payload, token),
    });
    let mut metadata =
        json!({"usage": usage(&reply.usage), "metrics": {"latencyMs": reply.latency}});
    if let Some(members) = metadata.as_object_mut() {
        members.extend(extra);
    }
    frames.event("metadata", &metadata.to_string(), false);
    frames
}

/// Takes an event: its type, its payload, and whether the model spent a token's time on it.
type Emit<'a> = &'a mut dyn FnMut(&'static str, String, bool);

/// Makes every event except the last, `metadata`.
pub(crate) fn events(reply: &Reply, emit: Emit<'_>) {
    emit("messageStart", "{\"role\":\"assistant\"}".to_owned(), false);
    for (index, block) in reply.blocks.iter().enumerate() {
        match block {
            Block::Text(text) => deltas(emit, index, ["\"text\":", ""], text),
            Block::Reasoning { text, signature } => {
                deltas(emit, index, ["\"reasoningContent\":{\"text\":", "}"], text);
                let around = ["\"reasoningContent\":{\"signature\":", "}"];
                emit("contentBlockDelta", delta(index, around, signature), true);
            }
            Block::ToolUse { id, name, input } => {
                let start = json!({
                    "contentBlockIndex": index,
                    "start": {"toolUse": {"toolUseId": id, "name": name}},
                });
                emit("contentBlockStart", start.to_string(), false);
                deltas(emit, index, ["\"toolUse\":{\"input\":", "}"], &input.to_string());
            }
        }
        emit("contentBlockStop", format!("{{\"contentBlockIndex\":{index}}}"), false);
    }
    emit("messageStop", json!({"stopReason": reply.stop.name()}).to_string(), false);
}

/// Makes an event for each token of `text`; `around` is the JSON before and after the token.
fn deltas(emit: Emit<'_>, index: usize, around: [&str; 2], text: &str) {
    for token in tokens(text) {
        emit("contentBlockDelta", delta(index, around, token), true);
    }
}

fn delta(index: usize, [before, after]: [&str; 2], text: &str) -> String {
    let text = quoted(text);
    format!("{{\"contentBlockIndex\":{index},\"delta\":{{{before}{text}{after}}}}}")
}
