//! InvokeModel and InvokeModelWithResponseStream.

use serde_json::{Value, json};

use super::generate::AppliedGuardrail;
use crate::local::chat::reply::{Reply, Usage};
use crate::local::families::body_fields::parse_body;
use crate::local::families::chat_format;
use crate::local::families::format::{ReplyContext, frames};
use crate::local::families::model_id::{Family, family, foundation_model};
use crate::local::json::members::JsonExt;
use crate::local::media::canvas;
use crate::local::media::embedding;
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::scenario::rate_limit;
use crate::local::service_error::ServiceError;

impl Bedrock {
    pub(super) async fn invoke_model(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let family = family(&request.model).ok_or_else(ServiceError::unknown_model)?;
        let body = parse_body(&request.body)?;
        let output = match chat_format(family) {
            None => without_chat(request, family, &body)?,
            Some(format) => {
                let prompt = format.prompt(&body)?;
                let guardrail = AppliedGuardrail::find(self, request, &request.input)?;
                let reply = self.generate(request, &prompt, guardrail.as_ref()).await?;
                let context = ReplyContext {
                    reply: &reply,
                    body: &body,
                    model: foundation_model(&request.model),
                    seed: request.seed,
                };
                let extra = guardrail_members(&reply);
                if request.is_streamed() {
                    let frames = frames(format, &context, &extra);
                    OperationOutput::events(frames, request.interval())
                        .with_header("x-amzn-bedrock-content-type", "application/json")
                } else {
                    let mut body = format.response(&context);
                    if let (Some(body), Value::Object(extra)) = (body.as_object_mut(), extra) {
                        body.extend(extra);
                    }
                    OperationOutput::json(body.to_string()).with_usage(&reply.usage, reply.latency)
                }
            }
        };
        Ok([
            ("performanceConfigLatency", "x-amzn-bedrock-performanceconfig-latency"),
            ("serviceTier", "x-amzn-bedrock-service-tier"),
        ]
        .into_iter()
        .fold(output, |output, (member, header)| match request.input.at(member).as_str() {
            Some(value) => output.with_header(header, value),
            None => output,
        }))
    }
}

/// The models that do not chat: embeddings and images.
fn without_chat(
    request: &CheckedRequest,
    family: Family,
    body: &Value,
) -> Result<OperationOutput, ServiceError> {
    if request.is_streamed() {
        return Err(ServiceError::validation(
            "The model is unsupported for streaming. Use a different model and try again.",
        ));
    }
    let embedding = match family {
        Family::TitanEmbedding => embedding::titan(body)?,
        Family::CohereEmbedding => embedding::cohere(body)?,
        Family::NovaCanvas => {
            let images = canvas::paint(body)?;
            return Ok(OperationOutput::json(images)
                .with_header("x-amzn-bedrock-invocation-latency", request.elapsed().to_string()));
        }
        _ => {
            return Err(ServiceError::validation(
                "The model is unsupported for this operation. Use a different operation and try again.",
            ));
        }
    };
    let usage = Usage { input: embedding.tokens, ..Usage::default() };
    let limits = &request.scenario.limits;
    rate_limit::reserve_tokens(limits, &request.model, usage.input, request.started)?
        .settle(usage.input);
    Ok(OperationOutput::json(embedding.body).with_usage(&usage, request.elapsed()))
}

/// The members that the service adds to the body of a model if the request names a guardrail.
fn guardrail_members(reply: &Reply) -> Value {
    let Some(intervened) = reply.intervened else { return json!({}) };
    let action = if intervened { "INTERVENED" } else { "NONE" };
    let mut members = json!({"amazon-bedrock-guardrailAction": action});
    if let Some(trace) = &reply.trace {
        members.put("amazon-bedrock-trace", json!({"guardrail": trace}));
    }
    members
}
