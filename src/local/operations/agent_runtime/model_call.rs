//! A call of a chat model by an operation that has found something to answer with.

use std::time::Instant;

use serde_json::{Value, json};

use crate::local::chat::reply::Reply;
use crate::local::families::chat_format;
use crate::local::families::converse;
use crate::local::families::model_id::family;
use crate::local::json::members::JsonExt;
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
    /// Converse's `guardrailConfig`, or null.
    pub guardrail: &'a Value,
    /// What the model says unless a script or a callable decides.
    pub found: Option<String>,
    pub streamed: bool,
}

impl ModelCall<'_> {
    /// The request of Converse that asks the same.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({"messages": self.messages});
        if !self.system.is_empty() {
            body.put("system", json!([{"text": self.system}]));
        }
        if self.inference.is_object() {
            body.put("inferenceConfig", self.inference.clone());
        }
        let blocks =
            |message: &Value| message.at("content").as_array().cloned().unwrap_or_default();
        if self.messages.iter().flat_map(blocks).any(|block| block.at("toolUse").is_object()) {
            // Without this member, Converse refuses conversations with calls of tools.
            body.put("toolConfig", json!({"tools": []}));
        }
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
        let guardrail = AppliedGuardrail::find(self, &inner, call.guardrail)?;
        let reply = self.generate(&inner, &prompt, guardrail.as_ref()).await;
        reply.map_err(|error| match request.has_error(&error.code) {
            true => error,
            // An error that only models have is not one of this service.
            false => request.error("DependencyFailedException", error.message),
        })
    }
}
