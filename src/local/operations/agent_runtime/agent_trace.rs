//! The trace events of an agent.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::local::chat::reply::Reply;
use crate::local::event_stream::frames::Frames;
use crate::local::ids::identifier;
use crate::local::json::members::JsonExt;
use crate::local::knowledge::knowledge_base::Hit;
use crate::local::operations::times::timestamp;
use crate::local::request::checked::CheckedRequest;

/// The alias by which the service's console tests an agent's draft.
const TEST_ALIAS: &str = "TSTALIASID";

/// Writes trace events, if the request wants them.
pub(super) struct Trace<'a> {
    pub frames: &'a mut Frames,
    request: &'a CheckedRequest,
    id: String,
}

impl<'a> Trace<'a> {
    pub(super) fn new(request: &'a CheckedRequest, frames: &'a mut Frames) -> Self {
        Trace { frames, request, id: identifier(request.seed, 12) }
    }

    pub(super) fn guardrail(&mut self, intervened: bool) {
        let action = if intervened { "INTERVENED" } else { "NONE" };
        self.event(json!({"guardrailTrace": {"traceId": self.id, "action": action}}));
    }

    pub(super) fn rationale(&mut self, text: &str) {
        self.step("rationale", json!({"text": text}));
    }

    /// A search in a knowledge base.
    pub(super) fn lookup(&mut self, knowledge_base: &str, question: &str, hits: &[Hit<'_>]) {
        self.step(
            "invocationInput",
            json!({
                "invocationType": "KNOWLEDGE_BASE",
                "knowledgeBaseLookupInput": {"knowledgeBaseId": knowledge_base, "text": question},
            }),
        );
        let references: Vec<Value> = hits.iter().map(|hit| hit.chunk.reference()).collect();
        self.step(
            "observation",
            json!({
                "type": "KNOWLEDGE_BASE",
                "knowledgeBaseLookupOutput": {"retrievedReferences": references},
            }),
        );
    }

    /// A call of the model: what it was asked, and what it said.
    pub(super) fn model(&mut self, model: &str, body: &Value, reply: &Reply, said: &Value) {
        self.step(
            "modelInvocationInput",
            json!({"type": "ORCHESTRATION", "foundationModel": model, "text": body.to_string()}),
        );
        let usage = json!({"inputTokens": reply.usage.input, "outputTokens": reply.usage.output});
        self.step(
            "modelInvocationOutput",
            json!({
                "metadata": {"usage": usage, "totalTimeMs": reply.latency},
                "rawResponse": {"content": said.to_string()},
            }),
        );
    }

    /// An action that the caller has to do.
    pub(super) fn action(&mut self, invocation: &str, action: &Value) {
        let action = action.at("functionInvocationInput");
        self.step(
            "invocationInput",
            json!({
                "invocationType": "ACTION_GROUP",
                "actionGroupInvocationInput": {
                    "actionGroupName": action.at("actionGroup"),
                    "executionType": "RETURN_CONTROL",
                    "function": action.at("function"),
                    "invocationId": invocation,
                    "parameters": action.at("parameters"),
                },
            }),
        );
    }

    pub(super) fn finish(&mut self, text: &str) {
        self.step("observation", json!({"type": "FINISH", "finalResponse": {"text": text}}));
    }

    /// A step of the orchestration.
    fn step(&mut self, kind: &str, mut step: Value) {
        step.put("traceId", json!(self.id));
        self.event(json!({"orchestrationTrace": {kind: step}}));
    }

    fn event(&mut self, trace: Value) {
        let input = &self.request.input;
        if input.at("enableTrace") != true {
            return;
        }
        let alias = input.at("agentAliasId");
        let event = json!({
            "agentId": input.at("agentId"),
            "agentAliasId": alias,
            "agentVersion": if alias == TEST_ALIAS { "DRAFT" } else { "1" },
            "sessionId": input.at("sessionId"),
            "eventTime": timestamp(SystemTime::now()),
            "trace": trace,
        });
        self.frames.event("trace", &event.to_string(), false);
    }
}
