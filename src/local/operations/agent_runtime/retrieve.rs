//! Retrieve.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::retrieval::Retrieval;
use crate::local::guardrails::guardrail::{Action, ContentSource};
use crate::local::json::members::JsonExt;
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

impl Bedrock {
    pub(super) fn retrieve(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let input = &request.input;
        let id = input.at("knowledgeBaseId").as_str().unwrap_or_default();
        let knowledge = request.scenario.knowledge_bases.find(id)?;
        let retrieval = Retrieval::parse(input.at("retrievalConfiguration"))?;
        let question = input.at("retrievalQuery").at("text").as_str().ok_or_else(|| {
            ServiceError::validation(
                "The local Bedrock finds texts, so retrievalQuery needs a text.",
            )
        })?;
        let config = input.at("guardrailConfiguration");
        let guardrail = match config.at("guardrailId").as_str() {
            Some(id) => Some(self.guardrail(request, id, config.at("guardrailVersion"))?),
            None => None,
        };
        let mut worst = Action::Pass;
        if let Some(guardrail) = &guardrail {
            worst = guardrail.assess(question, ContentSource::Input).action;
        }
        let mut results = Vec::new();
        let mut next = None;
        if worst != Action::Block {
            let search = search_of(input);
            let hits = match retrieval.reranked {
                Some(_) => retrieval.best(knowledge, question),
                None => retrieval.all(knowledge, question),
            };
            let begin = position(input.at("nextToken"), search)?;
            let end = hits.len().min(begin.saturating_add(retrieval.results));
            results =
                hits.get(begin..end).unwrap_or_default().iter().map(|hit| hit.result()).collect();
            next = (end < hits.len()).then(|| token(end, search));
            if let Some(guardrail) = &guardrail {
                for result in &mut results {
                    let text = result.at("content").at("text").as_str().unwrap_or_default();
                    let verdict = guardrail.assess(text, ContentSource::Output);
                    worst = worst.max(verdict.action);
                    result.put("content", json!({"text": verdict.text, "type": "TEXT"}));
                }
            }
        }
        let mut body = json!({"retrievalResults": results});
        if let Some(next) = next {
            body.put("nextToken", Value::from(next));
        }
        if guardrail.is_some() {
            body.put("guardrailAction", json!(action_name(worst)));
        }
        Ok(OperationOutput::json(body.to_string()))
    }
}

/// The service's `GuadrailAction`.
fn action_name(action: Action) -> &'static str {
    if action == Action::Pass { "NONE" } else { "INTERVENED" }
}

/// What a search is told by, apart from its page.
fn search_of(input: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for member in ["knowledgeBaseId", "retrievalQuery", "retrievalConfiguration"] {
        input.at(member).to_string().hash(&mut hasher);
    }
    hasher.finish()
}

fn token(position: usize, search: u64) -> String {
    URL_SAFE_NO_PAD.encode_to_string(format!("{position} of {search}"))
}

/// The position at which a page begins. A token belongs to one search.
fn position(token: &Value, search: u64) -> Result<usize, ServiceError> {
    let Some(token) = token.as_str() else { return Ok(0) };
    let position = URL_SAFE_NO_PAD
        .decode_to_vec(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_suffix(&format!(" of {search}"))?.parse().ok());
    position.ok_or_else(|| ServiceError::validation("The nextToken is invalid."))
}
