//! A format: how the chats of one family of models are read and written as JSON.

use serde_json::{Value, json};

use crate::local::chat::prompt::Prompt;
use crate::local::chat::reply::Reply;
use crate::local::event_stream::frames::Frames;
use crate::local::json::members::JsonExt;
use crate::local::service_error::ServiceError;

pub(crate) trait ChatFormat: Sync {
    /// Reads the body of a request.
    fn prompt(&self, body: &Value) -> Result<Prompt, ServiceError>;
    /// The body of a response that is not streamed.
    fn response(&self, context: &ReplyContext<'_>) -> Value;
    /// The chunks of a streamed response. The service adds its metrics to the last one.
    fn stream(&self, context: &ReplyContext<'_>) -> Vec<Chunk>;
}

/// A reply, and what else its JSON depends on.
pub(crate) struct ReplyContext<'a> {
    pub reply: &'a Reply,
    /// The request's body.
    pub body: &'a Value,
    /// The foundation model's id.
    pub model: &'a str,
    /// Differs from request to request; ids are made from it.
    pub seed: u64,
}

/// A chunk of a streamed response: a JSON object as text.
pub(crate) struct Chunk {
    pub json: String,
    /// Whether the model spent a token's time on it.
    pub token: bool,
}

impl Chunk {
    pub(super) fn plain(json: impl ToString) -> Self {
        Chunk { json: json.to_string(), token: false }
    }

    pub(super) fn token(json: impl ToString) -> Self {
        Chunk { json: json.to_string(), token: true }
    }
}

/// The `chunk` frames of a streamed response. `extra` has members that the service adds to the last
/// one.
pub(crate) fn frames(format: &dyn ChatFormat, context: &ReplyContext<'_>, extra: &Value) -> Frames {
    let mut frames = Frames::new(context.seed);
    let mut chunks = format.stream(context);
    if let Some(last) = chunks.last_mut() {
        last.json.pop();
        let metrics = metrics(context.reply);
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
