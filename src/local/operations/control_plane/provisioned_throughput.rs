//! Provisioned throughput.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::collection::{Collection, New, Resource, Tagged};
use crate::local::ids::{arn, foundation_model_arn};
use crate::local::json::members::JsonExt;
use crate::local::operations::listing::{self, Entry, Order};
use crate::local::operations::output::OperationOutput;
use crate::local::operations::times::timestamp;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug)]
pub(crate) struct ProvisionedThroughput(Collection<Throughput>);

#[derive(Debug, Clone)]
pub(super) struct Throughput {
    /// The foundation model, and the ARN that the caller named: the model's own or a custom one's.
    model: String,
    model_arn: String,
    /// What `model` and `model_arn` become when the update is ready.
    desired: Option<(String, String)>,
    updated: SystemTime,
    /// The status until `ready`.
    busy: &'static str,
    ready: SystemTime,
    failure: Option<String>,
    /// When the commitment ends.
    committed: Option<SystemTime>,
}

impl Default for ProvisionedThroughput {
    fn default() -> Self {
        ProvisionedThroughput(Collection::new("provisioned model", true))
    }
}

impl ProvisionedThroughput {
    pub(super) fn tagged(&self) -> &dyn Tagged {
        &self.0
    }

    /// The foundation model behind a provisioned model's ARN.
    pub(super) fn model(&self, arn: &str) -> Option<String> {
        self.0.find(arn).map(|found| found.details.settled().model)
    }

    /// `model` is the foundation model behind the one that the request names, if there is one.
    pub(super) fn create(
        &self,
        request: &CheckedRequest,
        model: Option<String>,
    ) -> Result<OperationOutput, ServiceError> {
        let input = &request.input;
        let model = model.ok_or_else(ServiceError::unknown_model)?;
        let months = match input.at("commitmentDuration").as_str() {
            Some("OneMonth") => Some(1),
            Some("SixMonths") => Some(6),
            _ => None,
        };
        let now = SystemTime::now();
        let settings = &request.scenario.control_plane;
        let details = Throughput {
            model_arn: model_arn(input.at("modelId"), &model),
            model,
            desired: None,
            updated: now,
            busy: "Creating",
            ready: settings.ready(),
            failure: settings.failure.clone(),
            committed: months.map(|months| now + DAY * 30 * months),
        };
        let (created, _) = self.0.create(request, |id| New {
            name: input.at("provisionedModelName").as_str().unwrap_or_default().to_owned(),
            arn: arn(&format!("provisioned-model/{id}")),
            tags: input.at("tags").clone(),
            details,
        })?;
        let body = json!({"provisionedModelArn": created.arn});
        Ok(OperationOutput::of(request.operation, body))
    }

    pub(super) fn get(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let found = self.0.get(request, identifier(request))?;
        let mut body = summary(&found);
        if let Some(failure) = &found.details.failure
            && found.details.status() == "Failed"
        {
            body.put("failureMessage", json!(failure));
        }
        Ok(OperationOutput::of(request.operation, body))
    }

    pub(super) fn list(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let all = self.0.all();
        let model = request.input.at("modelArnEquals").as_str();
        let wanted = |found: &&Resource<Throughput>| {
            model.is_none_or(|model| found.details.settled().model_arn == model)
        };
        let entries = all.iter().filter(wanted).map(|found| Entry {
            number: found.number,
            created: found.created,
            name: &found.name,
            status: found.details.status(),
            summary: summary(found),
        });
        let member = "provisionedModelSummaries";
        let page = listing::page(&request.input, member, Order::Descending, entries)?;
        Ok(OperationOutput::of(request.operation, page))
    }

    /// `model` as in [`Self::create`].
    pub(super) fn update(
        &self,
        request: &CheckedRequest,
        model: Option<String>,
    ) -> Result<OperationOutput, ServiceError> {
        let desired = match (request.input.at("desiredModelId"), model) {
            (Value::Null, _) => None,
            (named, Some(model)) => Some((model.clone(), model_arn(named, &model))),
            (_, None) => return Err(ServiceError::unknown_model()),
        };
        let arn = self.0.get(request, identifier(request))?.arn;
        if let Some(name) = request.input.at("desiredProvisionedModelName").as_str() {
            self.0.rename(request, &arn, name)?;
        }
        self.0.change(request, &arn, |found| {
            let details = found.details.settled();
            found.details = Throughput {
                desired,
                updated: SystemTime::now(),
                busy: "Updating",
                ready: request.scenario.control_plane.ready(),
                ..details
            };
            Ok(())
        })?;
        Ok(OperationOutput::of(request.operation, json!({})))
    }

    pub(super) fn delete(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        self.0.remove(request, identifier(request), |found| {
            if found.details.committed.is_none_or(|end| end <= SystemTime::now()) {
                return Ok(());
            }
            let message = "The commitment of the provisioned model has not ended yet.";
            Err(request.error("ConflictException", message))
        })?;
        Ok(OperationOutput::of(request.operation, json!({})))
    }
}

impl Throughput {
    fn status(&self) -> &'static str {
        match (SystemTime::now() < self.ready, &self.failure) {
            (true, _) => self.busy,
            (false, Some(_)) => "Failed",
            (false, None) => "InService",
        }
    }

    /// The same after an update that is ready.
    fn settled(&self) -> Throughput {
        match &self.desired {
            Some((model, model_arn)) if self.ready <= SystemTime::now() => Throughput {
                model: model.clone(),
                model_arn: model_arn.clone(),
                desired: None,
                ..self.clone()
            },
            _ => self.clone(),
        }
    }
}

fn summary(found: &Resource<Throughput>) -> Value {
    let details = found.details.settled();
    let desired = details.desired.as_ref().map_or(&details.model_arn, |(_, arn)| arn);
    let units = found.input.at("modelUnits");
    let mut summary = json!({
        "provisionedModelName": found.name,
        "provisionedModelArn": found.arn,
        "modelArn": details.model_arn,
        "desiredModelArn": desired,
        "foundationModelArn": foundation_model_arn(&details.model),
        "modelUnits": units,
        "desiredModelUnits": units,
        "status": details.status(),
        "creationTime": timestamp(found.created),
        "lastModifiedTime": timestamp(details.updated),
    });
    if let Some(end) = details.committed {
        summary.put("commitmentDuration", found.input.at("commitmentDuration").clone());
        summary.put("commitmentExpirationTime", json!(timestamp(end)));
    }
    summary
}

/// The ARN that an identifier stands for.
fn model_arn(identifier: &Value, model: &str) -> String {
    match identifier.as_str() {
        Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
        _ => foundation_model_arn(model),
    }
}

fn identifier(request: &CheckedRequest) -> &str {
    request.input.at("provisionedModelId").as_str().unwrap_or_default()
}
