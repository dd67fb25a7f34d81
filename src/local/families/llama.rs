//! Meta Llama.

use serde_json::{Value, json};

use super::{Answer, ChatBody, Chunk, limit, reason, required_text, single, text_tokens};
use crate::local::chat::prompt::Prompt;
use crate::local::chat::tokens;
use crate::local::failure::Failure;

pub(super) struct Llama;

impl ChatBody for Llama {
    fn prompt(&self, body: &Value) -> Result<Prompt, Failure> {
        let mut prompt = single(required_text(body, "prompt")?);
        // The model's own default.
        prompt.max_tokens = Some(limit(body, "max_gen_len")?.unwrap_or(512));
        Ok(prompt)
    }

    fn response(&self, answer: &Answer<'_>) -> Value {
        json!({
            "generation": answer.reply.text(),
            "prompt_token_count": answer.reply.usage.input,
            "generation_token_count": answer.reply.usage.output,
            "stop_reason": stop_reason(answer),
        })
    }

    fn stream(&self, answer: &Answer<'_>) -> Vec<Chunk> {
        let mut input = json!(answer.reply.usage.input);
        let mut generated = 0;
        text_tokens(&answer.reply.text())
            .map(|(token, last)| {
                generated += tokens::count(token);
                Chunk::token(json!({
                    "generation": token,
                    "prompt_token_count": input.take(),
                    "generation_token_count": generated,
                    "stop_reason": last.then(|| stop_reason(answer)),
                }))
            })
            .collect()
    }
}

fn stop_reason(answer: &Answer<'_>) -> &'static str {
    reason(&answer.reply.stop, "stop", "stop", "length")
}
