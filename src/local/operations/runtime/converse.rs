//! Converse and ConverseStream.

use serde_json::{Map, Value, json};

use super::generate::AppliedGuardrail;
use crate::local::chat::reply::Reply;
use crate::local::families::chat_format;
use crate::local::families::converse;
use crate::local::families::format::{ChatFormat, ReplyContext};
use crate::local::families::model_id::{family, foundation_model};
use crate::local::json::members::JsonExt;
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

impl Bedrock {
    pub(super) async fn converse(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let family = family(&request.model).ok_or_else(ServiceError::unknown_model)?;
        let format = chat_format(family).ok_or_else(|| {
            ServiceError::validation(
                "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
            )
        })?;
        let prompt = converse::prompt(&request.input)?;
        let config = request.input.at("guardrailConfig");
        let guardrail = AppliedGuardrail::find(self, request, config)?;
        let reply = self.generate(request, &prompt, guardrail.as_ref()).await?;
        let extra = extra(request, format, &reply);
        Ok(match request.is_streamed() {
            true => OperationOutput::events(
                converse::stream(&reply, extra, request.seed),
                request.interval(),
            ),
            false => OperationOutput::json(converse::response(&reply, extra).to_string()),
        })
    }
}

/// The members of the response that depend on the request.
fn extra(request: &CheckedRequest, format: &dyn ChatFormat, reply: &Reply) -> Map<String, Value> {
    let mut members = Map::new();
    for name in ["performanceConfig", "serviceTier"] {
        if request.input.at(name).is_object() {
            members.insert(name.to_owned(), request.input.at(name).clone());
        }
    }
    if let Some(trace) = &reply.trace {
        members.insert("trace".to_owned(), json!({"guardrail": trace}));
    }
    if let Some(paths) = request.input.at("additionalModelResponseFieldPaths").as_array() {
        let context = ReplyContext {
            reply,
            body: &request.input,
            model: foundation_model(&request.model),
            seed: request.seed,
        };
        let native = format.response(&context);
        let fields: Map<String, Value> = paths
            .iter()
            .filter_map(Value::as_str)
            .filter_map(|path| {
                Some((path.rsplit('/').next()?.to_owned(), native.pointer(path)?.clone()))
            })
            .collect();
        if !fields.is_empty() {
            members.insert("additionalModelResponseFields".to_owned(), Value::Object(fields));
        }
    }
    members
}
