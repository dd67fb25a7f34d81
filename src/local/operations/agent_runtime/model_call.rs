//! A call of a chat model on behalf of an operation that has found something to answer with.

use std::time::Instant;

use serde_json::{Value, json};

use crate::local::chat::reply::Reply;
use crate::local::families::chat_format;
use crate::local::families::converse;
use crate::local::families::model_id::family;
use crate::local::json::members::JsonExt;
use crate::local::knowledge::answer::answer;
use crate::local::knowledge::knowledge_base::{Chunk, Hit};
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::runtime::generate::AppliedGuardrail;
use crate::local::request::checked::CheckedRequest;
use crate::local::scenario::rate_limit;
use crate::local::service_error::ServiceError;

/// What a model is asked.
pub(super) struct ModelCall<'a> {
    pub model: &'a str,
    pub system: &'a str,
    /// The conversation, in Converse's form; the last message is the user's.
    pub messages: &'a [Value],
    /// The service's `TextInferenceConfig`.
    pub inference: &'a Value,
    /// The guardrail's identifier.
    pub guardrail: &'a Value,
    /// What the model says unless a script or a callable decides.
    pub found: Option<String>,
    pub streamed: bool,
}

impl ModelCall<'_> {
    /// The request of Converse that asks the same.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({"modelId": self.model, "messages": self.messages});
        if !self.system.is_empty() {
            body.put("system", json!([{"text": self.system}]));
        }
        if self.inference.is_object() {
            body.put("inferenceConfig", self.inference.clone());
        }
        // Converse refuses results of tools without this member.
        body.put("toolConfig", json!({"tools": []}));
        body
    }
}

impl Bedrock {
    pub(super) async fn call_model(
        &self,
        request: &CheckedRequest,
        mut call: ModelCall<'_>,
    ) -> Result<Reply, ServiceError> {
        let operation = if call.streamed { "ConverseStream" } else { "Converse" };
        let inner = request
            .on_behalf(operation, call.model, call.body())
            .ok_or_else(ServiceError::unknown_operation)?;
        family(&inner.model).and_then(chat_format).ok_or_else(ServiceError::unknown_model)?;
        rate_limit::admit_request(&inner.scenario.limits, &inner.model, Instant::now())?;
        let mut prompt = converse::prompt(&inner.input)?;
        prompt.found_answer = call.found.take();
        let guardrail = AppliedGuardrail::find(&inner, call.guardrail, &Value::Null)?;
        self.generate(&inner, &prompt, guardrail.as_ref()).await
    }
}

/// Words with which a question goes on with the one before.
const GO_ON: [&str; 5] = ["and", "but", "or", "so", "why"];
/// Words that stand for something in the question before.
const STAND_FOR: [&str; 13] = [
    "he", "her", "him", "it", "its", "she", "that", "their", "them", "these", "they", "this",
    "those",
];

/// The chunks for a question, and the answer that they give. If they give none, and the question
/// goes on with the one before, such as "And on Sundays?", both are looked up together.
pub(super) fn ground<'a>(
    question: &str,
    before: Option<&str>,
    search: impl Fn(&str) -> Vec<Hit<'a>>,
) -> (Vec<&'a Chunk>, Option<String>) {
    let look_up = |question: &str| {
        let chunks: Vec<&Chunk> = search(question).into_iter().map(|hit| hit.chunk).collect();
        let answer = answer(question, &chunks);
        (chunks, answer)
    };
    match (look_up(question), before) {
        ((_, None), Some(before)) if goes_on(question) => look_up(&format!("{before} {question}")),
        (found, _) => found,
    }
}

fn goes_on(question: &str) -> bool {
    let lower = question.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric()).peekable();
    words.peek().is_some_and(|first| GO_ON.contains(first))
        || words.any(|word| STAND_FOR.contains(&word))
}

/// The chunks as a model reads them.
pub(super) fn search_results(chunks: &[&Chunk]) -> String {
    let results: Vec<String> = chunks
        .iter()
        .enumerate()
        .map(|(index, chunk)| format!("[{}] {}", index + 1, chunk.text))
        .collect();
    results.join("\n\n")
}
