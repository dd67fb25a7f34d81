//! Amazon Titan Text.

use serde_json::{Value, json};

use super::{Answer, ChatBody, Chunk, limit, reason, required_text, single, text_tokens, texts};
use crate::local::chat::prompt::Prompt;
use crate::local::failure::Failure;
use crate::local::json::Json;

pub(super) struct TitanText;

impl ChatBody for TitanText {
    fn prompt(&self, body: &Value) -> Result<Prompt, Failure> {
        let mut prompt = single(required_text(body, "inputText")?);
        let config = body.at("textGenerationConfig");
        prompt.max_tokens = limit(config, "maxTokenCount")?;
        prompt.stop_sequences = texts(config.at("stopSequences"));
        Ok(prompt)
    }

    fn response(&self, answer: &Answer<'_>) -> Value {
        json!({
            "inputTextTokenCount": answer.reply.usage.input,
            "results": [{
                "tokenCount": answer.reply.usage.output,
                "outputText": answer.reply.text(),
                "completionReason": completion_reason(answer),
            }],
        })
    }

    fn stream(&self, answer: &Answer<'_>) -> Vec<Chunk> {
        let mut input = json!(answer.reply.usage.input);
        text_tokens(&answer.reply.text())
            .map(|(token, last)| {
                Chunk::token(json!({
                    "outputText": token,
                    "index": 0,
                    "totalOutputTextTokenCount": last.then_some(answer.reply.usage.output),
                    "completionReason": last.then(|| completion_reason(answer)),
                    "inputTextTokenCount": input.take(),
                }))
            })
            .collect()
    }
}

fn completion_reason(answer: &Answer<'_>) -> &'static str {
    reason(&answer.reply.stop, "FINISH", "STOP_CRITERIA_MET", "LENGTH")
}
