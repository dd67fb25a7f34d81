//! Meta Llama.

use serde_json::{Value, json};

use super::body_fields::{required_text, token_limit};
use super::format::{ChatFormat, Chunk, ReplyContext};
use super::plain_text::{StopNames, text_tokens};
use crate::local::chat::prompt::Prompt;
use crate::local::chat::tokens;
use crate::local::service_error::ServiceError;

pub(super) struct Llama;

impl ChatFormat for Llama {
    fn prompt(&self, body: &Value) -> Result<Prompt, ServiceError> {
        let mut prompt = Prompt::of_text(required_text(body, "prompt")?);
        // 512 is the default of the real model.
        prompt.max_tokens = Some(token_limit(body, "max_gen_len")?.unwrap_or(512));
        Ok(prompt)
    }

    fn response(&self, context: &ReplyContext<'_>) -> Value {
        json!({
            "generation": context.reply.text(),
            "prompt_token_count": context.reply.usage.input,
            "generation_token_count": context.reply.usage.output,
            "stop_reason": stop_reason(context),
        })
    }

    fn stream(&self, context: &ReplyContext<'_>) -> Vec<Chunk> {
        let mut input = json!(context.reply.usage.input);
        let mut generated = 0;
        text_tokens(&context.reply.text())
            .map(|(token, last)| {
                generated += tokens::count(token);
                Chunk::token(json!({
                    "generation": token,
                    "prompt_token_count": input.take(),
                    "generation_token_count": generated,
                    "stop_reason": last.then(|| stop_reason(context)),
                }))
            })
            .collect()
    }
}

fn stop_reason(context: &ReplyContext<'_>) -> &'static str {
    const NAMES: StopNames = StopNames { end: "stop", sequence: "stop", length: "length" };
    NAMES.of(&context.reply.stop)
}
