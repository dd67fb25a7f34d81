//! The bodies of InvokeModel, family by family: JSON in → prompt, reply → JSON out or chunks.

mod anthropic;
mod cohere;
mod llama;
mod mistral;
mod nova;
mod titan;

use serde_json::{Value, json};

use super::chat::prompt::{Prompt, Role};
use super::chat::reply::{Reply, Stop};
use super::chat::tokens;
use super::failure::Failure;
use super::frames::Frames;
use super::model_id::Family;
use crate::local::json::Json;

/// One family's way to write a chat.
pub(crate) trait ChatBody: Sync {
    fn prompt(&self, body: &Value) -> Result<Prompt, Failure>;
    /// The whole answer.
    fn response(&self, answer: &Answer<'_>) -> Value;
    /// The answer in pieces. The service adds its metrics to the last one.
    fn stream(&self, answer: &Answer<'_>) -> Vec<Chunk>;
}

/// What an answer is written from.
pub(crate) struct Answer<'a> {
    pub reply: &'a Reply,
    /// The request's body.
    pub body: &'a Value,
    /// The foundation model's id.
    pub model: &'a str,
    /// Differs from call to call, for ids.
    pub seed: u64,
}

/// One piece of a streamed answer, a JSON object as text.
pub(crate) struct Chunk {
    json: String,
    /// A model took a token's time over it.
    token: bool,
}

impl Chunk {
    fn plain(json: impl ToString) -> Self {
        Chunk { json: json.to_string(), token: false }
    }

    fn token(json: impl ToString) -> Self {
        Chunk { json: json.to_string(), token: true }
    }
}

/// How chats of this family are written; `None` for a family that does not chat.
pub(crate) fn chat_body(family: Family) -> Option<&'static dyn ChatBody> {
    match family {
        Family::Anthropic => Some(&anthropic::Messages),
        Family::Nova => Some(&nova::Nova),
        Family::TitanText => Some(&titan::TitanText),
        Family::Llama => Some(&llama::Llama),
        Family::Mistral => Some(&mistral::Mistral),
        Family::CohereCommand => Some(&cohere::Command),
        Family::TitanEmbedding
        | Family::CohereEmbedding
        | Family::NovaCanvas
        | Family::NovaReel
        | Family::NovaSonic => None,
    }
}

/// The `chunk` frames of an answer. `extra` are members that the service adds to the last one.
pub(crate) fn frames(form: &dyn ChatBody, answer: &Answer<'_>, extra: &Value) -> Frames {
    let mut frames = Frames::new(answer.seed);
    let mut chunks = form.stream(answer);
    if let Some(last) = chunks.last_mut() {
        last.json.pop();
        let metrics = metrics(answer.reply);
        last.json.push_str(&format!(",\"amazon-bedrock-invocationMetrics\":{metrics}"));
        for (name, value) in extra.as_object().into_iter().flatten() {
            last.json.push_str(&format!(",\"{name}\":{value}"));
        }
        last.json.push('}');
    }
    for chunk in chunks {
        frames.chunk(&chunk.json, chunk.token);
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
    if let Some(cache) = reply.usage.cache {
        metrics.put("cacheReadInputTokenCount", json!(cache.read));
        metrics.put("cacheWriteInputTokenCount", json!(cache.written));
    }
    metrics
}

/// The service's word for a body that its model cannot read.
pub(crate) fn malformed(problem: impl std::fmt::Display) -> Failure {
    Failure::validation(format!(
        "Malformed input request: {problem}, please reformat your input and try again."
    ))
}

pub(crate) fn missing(key: &str) -> Failure {
    malformed(format_args!("#: required key [{key}] not found"))
}

/// A member that has to be there as text.
pub(crate) fn required_text<'a>(body: &'a Value, key: &str) -> Result<&'a str, Failure> {
    match body.at(key) {
        Value::String(text) => Ok(text),
        Value::Null => Err(missing(key)),
        _ => Err(malformed(format_args!("#/{key}: expected type: String"))),
    }
}

/// The prompt of a family that knows only one text.
fn single(text: &str) -> Prompt {
    let mut prompt = Prompt::default();
    prompt.begin(Role::User);
    prompt.text(text);
    prompt
}

/// A limit of tokens, where the body has one.
fn limit(body: &Value, key: &str) -> Result<Option<u32>, Failure> {
    match body.at(key) {
        Value::Null => Ok(None),
        given => match given.as_u64() {
            Some(limit) => Ok(Some(u32::try_from(limit).unwrap_or(u32::MAX))),
            None => Err(malformed(format_args!(
                "#/{key}: expected a whole number, 0 or more, found: {given}"
            ))),
        },
    }
}

pub(crate) fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|text| Some(text.as_str()?.to_owned()))
        .collect()
}

/// The bytes that a base64 text stands for, counted.
pub(crate) fn decoded_size(base64: &str) -> usize {
    let padding = base64.len() - base64.trim_end_matches('=').len();
    (base64.len() / 4 * 3).saturating_sub(padding)
}

/// One of three words for why a model stopped.
fn reason(
    stop: &Stop,
    end: &'static str,
    sequence: &'static str,
    length: &'static str,
) -> &'static str {
    match stop {
        Stop::MaxTokens => length,
        Stop::Sequence(_) => sequence,
        _ => end,
    }
}

/// The tokens of the reply's text, each with whether it is the last. An empty text is one token.
fn text_tokens(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut tokens = tokens::tokens(text).peekable();
    let mut empty = tokens.peek().is_none().then_some(("", true));
    std::iter::from_fn(move || {
        empty.take().or_else(|| tokens.next().map(|token| (token, tokens.peek().is_none())))
    })
}
