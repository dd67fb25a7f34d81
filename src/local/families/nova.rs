//! Amazon Nova: Converse's shapes in a body of its own.

use serde_json::{Value, json};

use super::{Answer, ChatBody, Chunk, limit, malformed, missing};
use crate::local::chat::prompt::Prompt;
use crate::local::chat::reply::Usage;
use crate::local::converse;
use crate::local::failure::Failure;
use crate::local::json::Json;

pub(super) struct Nova;

impl ChatBody for Nova {
    fn prompt(&self, body: &Value) -> Result<Prompt, Failure> {
        match body.at("messages") {
            Value::Null => return Err(missing("messages")),
            Value::Array(_) => {}
            _ => return Err(malformed("#/messages: expected type: JSONArray")),
        }
        let mut prompt = converse::prompt(body)?;
        let inference = body.at("inferenceConfig");
        prompt.max_tokens = limit(inference, "maxTokens")?.or(limit(inference, "max_new_tokens")?);
        Ok(prompt)
    }

    fn response(&self, answer: &Answer<'_>) -> Value {
        json!({
            "output": {"message": converse::message(answer.reply)},
            "stopReason": answer.reply.stop.name(),
            "usage": usage(&answer.reply.usage, true),
        })
    }

    fn stream(&self, answer: &Answer<'_>) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        converse::events(answer.reply, &mut |event, payload, token| {
            let json = format!("{{\"{event}\":{payload}}}");
            chunks.push(Chunk { json, token });
        });
        let usage = usage(&answer.reply.usage, false);
        chunks
            .push(Chunk::plain(json!({"metadata": {"usage": usage, "metrics": {}, "trace": {}}})));
        chunks
    }
}

fn usage(usage: &Usage, total: bool) -> Value {
    let cache = usage.cache.unwrap_or_default();
    let mut value = json!({
        "inputTokens": usage.input,
        "outputTokens": usage.output,
        "cacheReadInputTokenCount": cache.read,
        "cacheWriteInputTokenCount": cache.written,
    });
    if total {
        value.put("totalTokens", json!(usage.total()));
    }
    value
}
