//! ApplyGuardrail and InvokeGuardrailChecks.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::local::guardrails::guardrail::{Action, ContentSource, Guardrail, text_units};
use crate::local::guardrails::pii;
use crate::local::ids::arn;
use crate::local::json::members::JsonExt;
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

/// The severity of a text that contains a category's name, and of one that does not.
const CAUGHT: f64 = 0.9;
const CLEAR: f64 = 0.0;

impl Bedrock {
    /// The guardrail that an id or ARN names: one that was created, or one of the scenario.
    pub(crate) fn guardrail(
        &self,
        request: &CheckedRequest,
        identifier: &str,
        version: &Value,
    ) -> Result<Arc<Guardrail>, ServiceError> {
        let version = version.as_str().unwrap_or("DRAFT");
        match self.control_plane.guardrails.applied(identifier, version) {
            Some(created) => created,
            None => request.scenario.guardrails.find(identifier),
        }
    }

    pub(super) fn apply_guardrail(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let input = &request.input;
        let id = input.at("guardrailIdentifier").as_str().unwrap_or_default();
        let version = input.at("guardrailVersion").as_str().unwrap_or("DRAFT");
        let guardrail = self.guardrail(request, id, input.at("guardrailVersion"))?;
        let source = if input.at("source").as_str() == Some("INPUT") {
            ContentSource::Input
        } else {
            ContentSource::Output
        };
        let content = input.at("content").as_array().map_or(&[][..], Vec::as_slice);
        let texts: Vec<&str> =
            content.iter().filter_map(|block| block.at("text").at("text").as_str()).collect();
        let verdict = guardrail.assess(&texts.join("\n"), source);
        let outputs: Vec<Value> = match verdict.action {
            Action::Pass => Vec::new(),
            Action::Block => vec![json!({"text": verdict.text})],
            Action::Mask => texts
                .iter()
                .map(|text| json!({"text": guardrail.assess(text, source).text}))
                .collect(),
        };
        let mut assessment = verdict.assessment;
        let name = id.rsplit('/').next().unwrap_or(id);
        assessment.put(
            "appliedGuardrailDetails",
            json!({
                "guardrailId": name,
                "guardrailVersion": version,
                "guardrailArn": arn(&format!("guardrail/{name}")),
                "guardrailOrigin": ["REQUEST"],
                "guardrailOwnership": "SELF",
            }),
        );
        let intervened = verdict.action != Action::Pass;
        let body = json!({
            "usage": verdict.usage,
            "action": if intervened { "GUARDRAIL_INTERVENED" } else { "NONE" },
            "actionReason": verdict.action.reason(),
            "outputs": outputs,
            "assessments": [assessment],
            "guardrailCoverage": verdict.coverage,
        });
        Ok(OperationOutput::json(body.to_string()))
    }
}

pub(super) fn check(request: &CheckedRequest) -> OperationOutput {
    let texts = texts(request.input.at("messages"));
    let all: Vec<&str> = texts.iter().map(|(_, _, text)| *text).collect();
    let all = all.join("\n").to_lowercase();
    let units = text_units(&all);
    let (mut results, mut usage) = (Map::new(), Map::new());
    for (check, config) in request.input.at("checks").as_object().into_iter().flatten() {
        let found = match config.at("categories").as_array() {
            Some(categories) => categories
                .iter()
                .map(|category| {
                    let name = category.at("category").as_str().unwrap_or_default();
                    let found = all.contains(&name.to_lowercase().replace('_', " "));
                    json!({"category": name, "severityScore": if found { CAUGHT } else { CLEAR }})
                })
                .collect(),
            None => entities(&texts, config.at("entities")),
        };
        results.insert(check.clone(), json!({"results": found}));
        usage.insert(check.clone(), json!({"textUnits": units}));
    }
    OperationOutput::json(json!({"results": results, "usage": usage}).to_string())
}

/// Every text with the indices of its message and of its block.
fn texts(messages: &Value) -> Vec<(usize, usize, &str)> {
    let mut texts = Vec::new();
    for (index, message) in messages.as_array().into_iter().flatten().enumerate() {
        for (at, block) in message.at("content").as_array().into_iter().flatten().enumerate() {
            if let Some(text) = block.at("text").as_str() {
                texts.push((index, at, text));
            }
        }
    }
    texts
}

/// Personal information of the wanted kinds; offsets are in characters.
fn entities(texts: &[(usize, usize, &str)], wanted: &Value) -> Vec<Value> {
    let kinds: Vec<&str> = wanted
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|kind| kind.at("type").as_str())
        .collect();
    let mut entities = Vec::new();
    for (message, content, text) in texts {
        let characters = |byte: usize| text.get(..byte).map_or(0, |before| before.chars().count());
        for finding in pii::find(text, |kind| kinds.contains(&kind)) {
            entities.push(json!({
                "type": finding.kind,
                "confidenceScore": 1.0,
                "beginOffset": characters(finding.start),
                "endOffset": characters(finding.end),
                "messageIndex": message,
                "contentIndex": content,
            }));
        }
    }
    entities
}
