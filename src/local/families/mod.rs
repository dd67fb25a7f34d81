//! The bodies of InvokeModel, family by family: JSON in → prompt, reply → JSON out or chunks.

mod anthropic;

use serde_json::{Value, json};

use super::chat::prompt::Prompt;
use super::chat::reply::Reply;
use super::failure::Failure;
use super::frames::Frames;
use super::model_id::Family;

/// One family's way to write a chat.
pub(crate) trait ChatBody: Sync {
    fn prompt(&self, body: &Value) -> Result<Prompt, Failure>;
    /// The whole answer.
    fn response(&self, answer: &Answer<'_>) -> Value;
    /// The answer in pieces, each with whether it carries a token. The service adds its metrics
    /// to the last one.
    fn stream(&self, answer: &Answer<'_>) -> Vec<(Value, bool)>;
}

/// What an answer is written from.
pub(crate) struct Answer<'a> {
    pub reply: &'a Reply,
    /// The request's body.
    pub body: &'a Value,
    /// The foundation model's id.
    pub model: &'a str,
    /// The same for the same request, for ids.
    pub seed: u64,
}

/// How chats of this family are written; `None` for a family that does not chat.
pub(crate) fn chat_body(family: Family) -> Option<&'static dyn ChatBody> {
    match family {
        Family::Anthropic => Some(&anthropic::Messages),
        _ => None,
    }
}

/// The `chunk` frames of an answer.
pub(crate) fn frames(form: &dyn ChatBody, answer: &Answer<'_>) -> Frames {
    let mut frames = Frames::new(answer.seed);
    let mut chunks = form.stream(answer);
    if let Some((Value::Object(last), _)) = chunks.last_mut() {
        last.insert("amazon-bedrock-invocationMetrics".to_owned(), metrics(answer.reply));
    }
    for (chunk, token) in chunks {
        frames.chunk(&chunk.to_string(), token);
    }
    frames
}

fn metrics(reply: &Reply) -> Value {
    let mut metrics = json!({
        "inputTokenCount": reply.usage.input,
        "outputTokenCount": reply.usage.output,
        "invocationLatency": reply.latency,
        "firstByteLatency": reply.first_token,
    });
    if let (Some(cache), Some(fields)) = (reply.usage.cache, metrics.as_object_mut()) {
        fields.insert("cacheReadInputTokenCount".to_owned(), json!(cache.read));
        fields.insert("cacheWriteInputTokenCount".to_owned(), json!(cache.written));
    }
    metrics
}

/// The service's word for a body that its model cannot read.
fn malformed(problem: impl std::fmt::Display) -> Failure {
    Failure::validation(format!(
        "Malformed input request: {problem}, please reformat your input and try again."
    ))
}

fn missing(key: &str) -> Failure {
    malformed(format_args!("#: required key [{key}] not found"))
}

/// A member that has to be there as text.
fn required_text<'a>(body: &'a Value, key: &str) -> Result<&'a str, Failure> {
    match &body[key] {
        Value::String(text) => Ok(text),
        Value::Null => Err(missing(key)),
        _ => Err(malformed(format_args!("#/{key}: expected type: String"))),
    }
}

fn limit(body: &Value, key: &str) -> Option<u32> {
    body[key].as_u64().and_then(|limit| u32::try_from(limit).ok())
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|text| Some(text.as_str()?.to_owned()))
        .collect()
}
