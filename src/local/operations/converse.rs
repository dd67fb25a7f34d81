//! Converse and ConverseStream.

use serde_json::{Map, Value, json};

use super::speech::Guarded;
use crate::local::answer::Answer;
use crate::local::bedrock::Bedrock;
use crate::local::chat::reply::Reply;
use crate::local::converse;
use crate::local::exchange::Call;
use crate::local::failure::Failure;
use crate::local::families::{self, ChatBody, chat_body};
use crate::local::json::Json;
use crate::local::model_id::{family, foundation_model};

impl Bedrock {
    pub(super) async fn converse(&self, call: &Call) -> Result<Answer, Failure> {
        let family = family(&call.model).ok_or_else(Failure::unknown_model)?;
        let form = chat_body(family).ok_or_else(|| {
            Failure::validation(
                "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
            )
        })?;
        let prompt = converse::prompt(&call.input)?;
        let config = call.input.at("guardrailConfig");
        let guarded = Guarded::find(call, config.at("guardrailIdentifier"), config.at("trace"))?;
        let reply = self.speak(call, &prompt, guarded.as_ref()).await?;
        let extra = extra(call, form, &reply);
        Ok(match call.is_streamed() {
            true => Answer::events(converse::stream(&reply, extra, call.seed), call.interval()),
            false => Answer::json(converse::response(&reply, extra).to_string()),
        })
    }
}

/// Members of the response that depend on the request.
fn extra(call: &Call, form: &dyn ChatBody, reply: &Reply) -> Map<String, Value> {
    let mut members = Map::new();
    for name in ["performanceConfig", "serviceTier"] {
        if call.input.at(name).is_object() {
            members.insert(name.to_owned(), call.input.at(name).clone());
        }
    }
    if let Some(trace) = &reply.trace {
        members.insert("trace".to_owned(), json!({"guardrail": trace}));
    }
    if let Some(paths) = call.input.at("additionalModelResponseFieldPaths").as_array() {
        let answer = families::Answer {
            reply,
            body: &call.input,
            model: foundation_model(&call.model),
            seed: call.seed,
        };
        let native = form.response(&answer);
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
