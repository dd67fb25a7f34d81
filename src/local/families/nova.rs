//! Amazon Nova: the shapes of Converse in a body of InvokeModel.

use serde_json::{Value, json};

use super::body_fields::token_limit;
use super::converse;
use super::format::{ChatFormat, Chunk, ReplyContext};
use crate::local::chat::prompt::Prompt;
use crate::local::chat::reply::Usage;
use crate::local::json::members::JsonExt;
use crate::local::service_error::ServiceError;

pub(super) struct Nova;

impl ChatFormat for Nova {
    fn prompt(&self, body: &Value) -> Result<Prompt, ServiceError> {
        match body.at("messages") {
            Value::Null => return Err(ServiceError::missing_key("messages")),
            Value::Array(_) => {}
            _ => return Err(ServiceError::malformed("#/messages: expected type: JSONArray")),
        }
        let mut prompt = converse::prompt(body)?;
        let inference = body.at("inferenceConfig");
        prompt.max_tokens =
            token_limit(inference, "maxTokens")?.or(token_limit(inference, "max_new_tokens")?);
        Ok(prompt)
    }

    fn response(&self, context: &ReplyContext<'_>) -> Value {
        json!({
            "output": {"message": converse::message(context.reply)},
            "stopReason": context.reply.stop.name(),
            "usage": usage(&context.reply.usage, true),
        })
    }

    fn stream(&self, context: &ReplyContext<'_>) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        converse::events(context.reply, &mut |event, payload, token| {
            let json = format!("{{\"{event}\":{payload}}}");
            chunks.push(Chunk { json, token });
        });
        let usage = usage(&context.reply.usage, false);
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
