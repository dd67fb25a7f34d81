//! InvokeModel and InvokeModelWithResponseStream.

use serde_json::{Value, json};

use super::speech::Guarded;
use crate::local::answer::Answer;
use crate::local::bedrock::Bedrock;
use crate::local::canvas;
use crate::local::chat::reply::{Reply, Usage};
use crate::local::embedding;
use crate::local::exchange::Call;
use crate::local::failure::Failure;
use crate::local::families::{self, chat_body};
use crate::local::json::Json;
use crate::local::limits;
use crate::local::model_id::{Family, family, foundation_model};

impl Bedrock {
    pub(super) async fn invoke_model(&self, call: &Call) -> Result<Answer, Failure> {
        let family = family(&call.model).ok_or_else(Failure::unknown_model)?;
        let body: Value = serde_json::from_slice(&call.body).map_err(|_| {
            Failure::validation(
                "Malformed input request, please reformat your input and try again.",
            )
        })?;
        let answer = match chat_body(family) {
            None => without_chat(call, family, &body)?,
            Some(form) => {
                let prompt = form.prompt(&body)?;
                let input = &call.input;
                let guarded =
                    Guarded::find(call, input.at("guardrailIdentifier"), input.at("trace"))?;
                let reply = self.speak(call, &prompt, guarded.as_ref()).await?;
                let answer = families::Answer {
                    reply: &reply,
                    body: &body,
                    model: foundation_model(&call.model),
                    seed: call.seed,
                };
                let extra = guardrail_members(&reply);
                if call.is_streamed() {
                    let frames = families::frames(form, &answer, &extra);
                    Answer::events(frames, call.interval())
                        .with("x-amzn-bedrock-content-type", "application/json")
                } else {
                    let mut body = form.response(&answer);
                    if let (Some(body), Value::Object(extra)) = (body.as_object_mut(), extra) {
                        body.extend(extra);
                    }
                    Answer::json(body.to_string()).counted(&reply.usage, reply.latency)
                }
            }
        };
        Ok([
            ("performanceConfigLatency", "x-amzn-bedrock-performanceconfig-latency"),
            ("serviceTier", "x-amzn-bedrock-service-tier"),
        ]
        .into_iter()
        .fold(answer, |answer, (member, header)| match call.input.at(member).as_str() {
            Some(value) => answer.with(header, value),
            None => answer,
        }))
    }
}

/// Embeddings and images: one answer, at once.
fn without_chat(call: &Call, family: Family, body: &Value) -> Result<Answer, Failure> {
    if call.is_streamed() {
        return Err(Failure::validation(
            "The model is unsupported for streaming. Use a different model and try again.",
        ));
    }
    let embedded = match family {
        Family::TitanEmbedding => embedding::titan(body)?,
        Family::CohereEmbedding => embedding::cohere(body)?,
        Family::NovaCanvas => {
            let images = canvas::paint(body)?;
            return Ok(Answer::json(images)
                .with("x-amzn-bedrock-invocation-latency", call.elapsed().to_string()));
        }
        _ => {
            return Err(Failure::validation(
                "The model is unsupported for this operation. Use a different operation and try again.",
            ));
        }
    };
    let usage = Usage { input: embedded.tokens, ..Usage::default() };
    let limits = &call.scenario.limits;
    limits::reserve_tokens(limits, &call.model, usage.input, call.started)?.settle(usage.input);
    Ok(Answer::json(embedded.body).counted(&usage, call.elapsed()))
}

/// What the service adds to a model's body where a guardrail was asked for.
fn guardrail_members(reply: &Reply) -> Value {
    let Some(intervened) = reply.intervened else { return json!({}) };
    let action = if intervened { "INTERVENED" } else { "NONE" };
    let mut members = json!({"amazon-bedrock-guardrailAction": action});
    if let Some(trace) = &reply.trace {
        members.put("amazon-bedrock-trace", json!({"guardrail": trace}));
    }
    members
}
