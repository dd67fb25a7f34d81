//! Amazon Titan Text.

use serde_json::{Value, json};

use super::body_fields::{required_text, token_limit};
use super::format::{ChatFormat, Chunk, ReplyContext};
use super::plain_text::{StopNames, text_tokens};
use crate::local::chat::prompt::Prompt;
use crate::local::json::members::{JsonExt, texts};
use crate::local::service_error::ServiceError;

pub(super) struct TitanText;

impl ChatFormat for TitanText {
    fn prompt(&self, body: &Value) -> Result<Prompt, ServiceError> {
        let mut prompt = Prompt::of_text(required_text(body, "inputText")?);
        let config = body.at("textGenerationConfig");
        prompt.max_tokens = token_limit(config, "maxTokenCount")?;
        prompt.stop_sequences = texts(config.at("stopSequences"));
        Ok(prompt)
    }

    fn response(&self, context: &ReplyContext<'_>) -> Value {
        json!({
            "inputTextTokenCount": context.reply.usage.input,
            "results": [{
                "tokenCount": context.reply.usage.output,
                "outputText": context.reply.text(),
                "completionReason": completion_reason(context),
            }],
        })
    }

    fn stream(&self, context: &ReplyContext<'_>) -> Vec<Chunk> {
        let mut input = json!(context.reply.usage.input);
        text_tokens(&context.reply.text())
            .map(|(token, last)| {
                Chunk::token(json!({
                    "outputText": token,
                    "index": 0,
                    "totalOutputTextTokenCount": last.then_some(context.reply.usage.output),
                    "completionReason": last.then(|| completion_reason(context)),
                    "inputTextTokenCount": input.take(),
                }))
            })
            .collect()
    }
}

fn completion_reason(context: &ReplyContext<'_>) -> &'static str {
    const NAMES: StopNames =
        StopNames { end: "FINISH", sequence: "STOP_CRITERIA_MET", length: "LENGTH" };
    NAMES.of(&context.reply.stop)
}
