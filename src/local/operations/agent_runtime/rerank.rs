//! Rerank.

use serde_json::{Value, json};

use crate::local::families::model_id::foundation_model;
use crate::local::json::members::JsonExt;
use crate::local::knowledge::relevance::{Features, SearchType, WordWeights};
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

/// The beginnings of the ids of models that rerank.
const MODELS: [&str; 2] = ["amazon.rerank-", "cohere.rerank-"];

pub(super) fn rerank(request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
    let input = &request.input;
    let config = input.at("rerankingConfiguration").at("bedrockRerankingConfiguration");
    let given = config.at("modelConfiguration").at("modelArn").as_str().unwrap_or_default();
    let model = foundation_model(request.scenario.model(given));
    if !MODELS.iter().any(|start| model.starts_with(start)) {
        return Err(ServiceError::unknown_model());
    }
    if !input.at("nextToken").is_null() {
        return Err(ServiceError::validation("The nextToken is invalid."));
    }
    let query = input.at("queries").get(0).unwrap_or(&Value::Null).at("textQuery").at("text");
    let query = Features::of(query.as_str().unwrap_or_default());
    let sources = input.at("sources").as_array().map_or(&[][..], Vec::as_slice);
    let features: Vec<Features> = sources
        .iter()
        .map(|source| Features::of(&text(source.at("inlineDocumentSource"))))
        .collect();
    let weights = WordWeights::of(features.iter());
    let mut ranked: Vec<(usize, f64)> = features
        .iter()
        .map(|passage| weights.relevance(&query, passage, SearchType::Hybrid))
        .enumerate()
        .collect();
    ranked.sort_by(|(_, left), (_, right)| right.total_cmp(left));
    if let Some(wanted) = config.at("numberOfResults").as_u64() {
        ranked.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    }
    let results: Vec<Value> = ranked
        .iter()
        .map(|(index, score)| json!({"index": index, "relevanceScore": score}))
        .collect();
    Ok(OperationOutput::json(json!({"results": results}).to_string()))
}

/// The text of a `RerankDocument`.
fn text(document: &Value) -> String {
    let mut texts = Vec::new();
    match document.at("type").as_str() {
        Some("JSON") => leaves(document.at("jsonDocument"), &mut texts),
        _ => leaves(document.at("textDocument").at("text"), &mut texts),
    }
    texts.join(" ")
}

/// Every text, number and truth value in a JSON value.
fn leaves(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, texts)),
        Value::Object(members) => members.values().for_each(|member| leaves(member, texts)),
        Value::Null => {}
        other => texts.push(other.to_string()),
    }
}
