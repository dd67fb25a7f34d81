//! ListFoundationModels, GetFoundationModel and GetFoundationModelAvailability.

use serde_json::{Value, json};

use super::catalogue::{FoundationModel, MODELS, find};
use crate::local::families::model_id::family;
use crate::local::ids::foundation_model_arn;
use crate::local::json::members::JsonExt;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

pub(super) fn list(request: &CheckedRequest) -> OperationOutput {
    let wanted = |name: &str, values: &[&str]| {
        request.input.at(name).as_str().is_none_or(|value| values.contains(&value))
    };
    let provider = request.input.at("byProvider").as_str();
    let summaries: Vec<Value> = MODELS
        .iter()
        .filter(|model| {
            provider.is_none_or(|provider| provider.eq_ignore_ascii_case(model.provider))
                && wanted("byCustomizationType", model.customizations)
                && wanted("byOutputModality", model.output)
                && wanted("byInferenceType", model.inference)
        })
        .map(description)
        .collect();
    OperationOutput::of(request.operation, json!({"modelSummaries": summaries}))
}

pub(super) fn get(request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
    let identifier = request.input.at("modelIdentifier").as_str().unwrap_or_default();
    let id = identifier.rsplit('/').next().unwrap_or(identifier);
    let model = find(id).ok_or_else(|| {
        let message = "Could not resolve the foundation model from the provided model identifier.";
        request.error("ResourceNotFoundException", message)
    })?;
    Ok(OperationOutput::of(request.operation, json!({"modelDetails": description(model)})))
}

pub(super) fn availability(request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
    let id = request.input.at("modelId").as_str().unwrap_or_default();
    if family(id).is_none() {
        let message = "The model could not be found.";
        return Err(request.error("ResourceNotFoundException", message));
    }
    let body = json!({
        "modelId": id,
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
    });
    Ok(OperationOutput::of(request.operation, body))
}

fn description(model: &FoundationModel) -> Value {
    json!({
        "modelArn": foundation_model_arn(model.id),
        "modelId": model.id,
        "modelName": model.name,
        "providerName": model.provider,
        "inputModalities": model.input,
        "outputModalities": model.output,
        "responseStreamingSupported": model.streaming,
        "customizationsSupported": model.customizations,
        "inferenceTypesSupported": model.inference,
        "modelLifecycle": {"status": "ACTIVE"},
    })
}
