//! Inference profiles: the service's own, and those that callers create.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::catalogue::{FoundationModel, MODELS};
use super::collection::{Collection, New, Resource, Tagged};
use crate::local::ids::{arn, foundation_model_arn};
use crate::local::json::members::JsonExt;
use crate::local::operations::listing::{self, Entry, Order};
use crate::local::operations::output::OperationOutput;
use crate::local::operations::times::timestamp;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

/// When the service's own profiles were made.
const MADE: &str = "2024-08-26T00:00:00Z";

/// A geography: its prefix, its name and its regions.
const GEOGRAPHIES: [(&str, &str, &[&str]); 4] = [
    ("us", "US", &["us-east-1", "us-east-2", "us-west-2"]),
    ("eu", "EU", &["eu-central-1", "eu-west-1", "eu-west-3"]),
    ("apac", "APAC", &["ap-northeast-1", "ap-southeast-1", "ap-southeast-2"]),
    ("global", "Global", &["us-east-1", "eu-west-1", "ap-northeast-1"]),
];

/// The profiles that callers created; each holds its foundation model and the ARNs of `models`.
#[derive(Debug)]
pub(crate) struct InferenceProfiles(Collection<Source>);

#[derive(Debug, Clone)]
pub(super) struct Source {
    model: String,
    arns: Value,
}

impl Default for InferenceProfiles {
    fn default() -> Self {
        InferenceProfiles(Collection::new("inference profile", false))
    }
}

impl InferenceProfiles {
    pub(super) fn tagged(&self) -> &dyn Tagged {
        &self.0
    }

    /// The foundation model of a profile that was created here.
    pub(super) fn model(&self, arn: &str) -> Option<String> {
        self.0.find(arn).map(|profile| profile.details.model)
    }

    /// `model` finds the foundation model behind an identifier.
    pub(super) fn create(
        &self,
        request: &CheckedRequest,
        model: impl Fn(&str) -> Option<String>,
    ) -> Result<OperationOutput, ServiceError> {
        let input = &request.input;
        let source = input.at("modelSource").at("copyFrom").as_str().unwrap_or_default();
        let model = model(source).ok_or_else(ServiceError::unknown_model)?;
        let copied = system().find(|profile| profile.at("inferenceProfileArn") == source);
        let arns = match copied {
            Some(profile) => profile.at("models").clone(),
            None => json!([{"modelArn": foundation_model_arn(&model)}]),
        };
        let (profile, _) = self.0.create(request, |id| New {
            name: input.at("inferenceProfileName").as_str().unwrap_or_default().to_owned(),
            arn: arn(&format!("application-inference-profile/{id}")),
            tags: input.at("tags").clone(),
            details: Source { model, arns },
        })?;
        let body = json!({"inferenceProfileArn": profile.arn, "status": "ACTIVE"});
        Ok(OperationOutput::of(request.operation, body))
    }

    pub(super) fn get(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let identifier = request.input.at("inferenceProfileIdentifier");
        let mut system = system();
        let found = system.find(|profile| {
            identifier == profile.at("inferenceProfileId")
                || identifier == profile.at("inferenceProfileArn")
        });
        let found = match found {
            Some(profile) => profile,
            None => summary(&self.0.get(request, identifier.as_str().unwrap_or_default())?),
        };
        Ok(OperationOutput::of(request.operation, found))
    }

    pub(super) fn list(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let wanted = request.input.at("typeEquals").as_str();
        let created = self.0.all();
        // Without a type, the service lists its own profiles alone.
        let profiles: Vec<(usize, Value)> = match wanted {
            Some("APPLICATION") => {
                created.iter().map(|profile| (profile.number, summary(profile))).collect()
            }
            _ => system().enumerate().collect(),
        };
        let entries = profiles.into_iter().map(|(number, summary)| Entry {
            number,
            created: SystemTime::UNIX_EPOCH,
            name: "",
            status: "ACTIVE",
            summary,
        });
        let member = "inferenceProfileSummaries";
        let page = listing::page(&request.input, member, Order::Ascending, entries)?;
        Ok(OperationOutput::of(request.operation, page))
    }

    pub(super) fn delete(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let identifier = request.input.at("inferenceProfileIdentifier");
        self.0.remove(request, identifier.as_str().unwrap_or_default(), |_| Ok(()))?;
        Ok(OperationOutput::of(request.operation, json!({})))
    }
}

fn summary(profile: &Resource<Source>) -> Value {
    let mut summary = json!({
        "inferenceProfileName": profile.name,
        "inferenceProfileArn": profile.arn,
        "inferenceProfileId": profile.id,
        "models": profile.details.arns,
        "createdAt": timestamp(profile.created),
        "updatedAt": timestamp(profile.created),
        "status": "ACTIVE",
        "type": "APPLICATION",
    });
    if profile.input.at("description").is_string() {
        summary.put("description", profile.input.at("description").clone());
    }
    summary
}

/// The service's own profiles.
fn system() -> impl Iterator<Item = Value> {
    MODELS.iter().flat_map(|model| {
        let geographies = GEOGRAPHIES.iter();
        let of_model = geographies.filter(|(prefix, ..)| model.geographies.contains(prefix));
        of_model.map(|geography| system_profile(model, geography))
    })
}

fn system_profile(
    model: &FoundationModel,
    (prefix, name, regions): &(&str, &str, &[&str]),
) -> Value {
    let id = format!("{prefix}.{}", model.id);
    let models: Vec<Value> = regions
        .iter()
        .map(|region| {
            json!({"modelArn": format!("arn:aws:bedrock:{region}::foundation-model/{}", model.id)})
        })
        .collect();
    let FoundationModel { provider, name: model, .. } = model;
    json!({
        "inferenceProfileName": format!("{name} {provider} {model}"),
        "description": format!("Routes requests to {provider} {model} in {}.", regions.join(", ")),
        "createdAt": MADE,
        "updatedAt": MADE,
        "inferenceProfileArn": arn(&format!("inference-profile/{id}")),
        "models": models,
        "inferenceProfileId": id,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    })
}
