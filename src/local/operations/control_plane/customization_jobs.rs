//! Model customization jobs, and the custom models that come out of them.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::collection::{Collection, New, Resource, Tagged};
use crate::local::ids::{arn, foundation_model_arn};
use crate::local::json::members::JsonExt;
use crate::local::operations::listing::{self, Entry, Order};
use crate::local::operations::output::OperationOutput;
use crate::local::operations::times::timestamp;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

/// The loss that every training and every validation ends with.
const LOSS: f64 = 0.5;
/// The status of every custom model.
const ACTIVE: &str = "Active";

#[derive(Debug)]
pub(crate) struct CustomizationJobs(Collection<Job>);

#[derive(Debug, Clone)]
pub(super) struct Job {
    /// The foundation model that is customized.
    base: String,
    /// The ARN of the custom model, which exists when the job is complete.
    model_arn: String,
    ready: SystemTime,
    stopped: Option<SystemTime>,
    failure: Option<String>,
    /// Whether the custom model was deleted.
    deleted: bool,
}

impl Default for CustomizationJobs {
    fn default() -> Self {
        CustomizationJobs(Collection::new("model customization job", true))
    }
}

impl CustomizationJobs {
    pub(super) fn tagged(&self) -> &dyn Tagged {
        &self.0
    }

    /// The foundation model behind a custom model's ARN.
    pub(super) fn model(&self, arn: &str) -> Option<String> {
        self.custom_models().into_iter().find_map(|job| {
            let details = job.details;
            (details.model_arn == arn).then_some(details.base)
        })
    }

    /// `base` is the foundation model behind the one that the request names, if there is one.
    pub(super) fn create(
        &self,
        request: &CheckedRequest,
        base: Option<String>,
    ) -> Result<OperationOutput, ServiceError> {
        let input = &request.input;
        let base = base.ok_or_else(ServiceError::unknown_model)?;
        let settings = &request.scenario.control_plane;
        let (job, _) = self.0.create(request, |id| New {
            name: input.at("jobName").as_str().unwrap_or_default().to_owned(),
            arn: arn(&format!("model-customization-job/{base}/{id}")),
            tags: input.at("jobTags").clone(),
            details: Job {
                model_arn: arn(&format!("custom-model/{base}/{id}")),
                base,
                ready: settings.ready(),
                stopped: None,
                failure: settings.failure.clone(),
                deleted: false,
            },
        })?;
        Ok(OperationOutput::of(request.operation, json!({"jobArn": job.arn})))
    }

    pub(super) fn get(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let job = self.0.get(request, text(request, "jobIdentifier"))?;
        let mut body = status(&job);
        body.put("outputModelName", job.input.at("customModelName").clone());
        describe(&mut body, &job);
        if job.details.status() == "Completed" {
            body.put("outputModelArn", json!(job.details.model_arn));
        }
        for name in ["roleArn", "clientRequestToken", "vpcConfig"] {
            if !job.input.at(name).is_null() {
                body.put(name, job.input.at(name).clone());
            }
        }
        if body.at("validationDataConfig").is_null() {
            body.put("validationDataConfig", json!({"validators": []}));
        }
        if let (Some(failure), "Failed") = (&job.details.failure, job.details.status()) {
            body.put("failureMessage", json!(failure));
        }
        Ok(OperationOutput::of(request.operation, body))
    }

    pub(super) fn list(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let jobs = self.0.all();
        let entries = jobs.iter().map(|job| {
            let mut summary = status(job);
            summary.put("customModelName", job.input.at("customModelName").clone());
            summary.put("customizationType", customization_type(job));
            if job.details.status() == "Completed" {
                summary.put("customModelArn", json!(job.details.model_arn));
            }
            Entry {
                number: job.number,
                created: job.created,
                name: &job.name,
                status: job.details.status(),
                summary,
            }
        });
        let member = "modelCustomizationJobSummaries";
        let page = listing::page(&request.input, member, Order::Descending, entries)?;
        Ok(OperationOutput::of(request.operation, page))
    }

    pub(super) fn stop(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        self.0.change(request, text(request, "jobIdentifier"), |job| {
            let status = job.details.status();
            if status != "InProgress" {
                let message = format!("The job cannot be stopped: its status is {status}.");
                return Err(request.error("ConflictException", message));
            }
            job.details.stopped = Some(SystemTime::now());
            Ok(())
        })?;
        Ok(OperationOutput::of(request.operation, json!({})))
    }

    pub(super) fn get_model(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let job = self.custom_model(request)?;
        let mut body = json!({
            "modelArn": job.details.model_arn,
            "modelName": job.input.at("customModelName"),
            "jobName": job.name,
            "jobArn": job.arn,
            "creationTime": timestamp(job.details.ready),
            "modelStatus": ACTIVE,
        });
        describe(&mut body, &job);
        Ok(OperationOutput::of(request.operation, body))
    }

    pub(super) fn list_models(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let models = self.custom_models();
        let wanted = |job: &&Resource<Job>| {
            let base = foundation_model_arn(&job.details.base);
            [("baseModelArnEquals", base.as_str()), ("foundationModelArnEquals", &base)]
                .iter()
                .chain(&[("modelStatus", ACTIVE)])
                .all(|(name, value)| {
                    request.input.at(name).as_str().is_none_or(|wanted| wanted == *value)
                })
        };
        let entries = models.iter().filter(wanted).map(|job| Entry {
            number: job.number,
            created: job.details.ready,
            name: job.input.at("customModelName").as_str().unwrap_or_default(),
            status: ACTIVE,
            summary: json!({
                "modelArn": job.details.model_arn,
                "modelName": job.input.at("customModelName"),
                "creationTime": timestamp(job.details.ready),
                "baseModelArn": foundation_model_arn(&job.details.base),
                "baseModelName": job.details.base,
                "customizationType": customization_type(job),
                "modelStatus": ACTIVE,
            }),
        });
        let page = listing::page(&request.input, "modelSummaries", Order::Descending, entries)?;
        Ok(OperationOutput::of(request.operation, page))
    }

    pub(super) fn delete_model(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let job = self.custom_model(request)?;
        self.0.update(&job.arn, |job| job.details.deleted = true);
        Ok(OperationOutput::of(request.operation, json!({})))
    }

    /// The jobs whose models exist.
    fn custom_models(&self) -> Vec<Resource<Job>> {
        let mut jobs = self.0.all();
        jobs.retain(|job| job.details.status() == "Completed" && !job.details.deleted);
        jobs
    }

    /// The job whose model a request names by its ARN or its name.
    fn custom_model(&self, request: &CheckedRequest) -> Result<Resource<Job>, ServiceError> {
        let identifier = text(request, "modelIdentifier");
        let mut models = self.custom_models().into_iter();
        let found = models.find(|job| {
            job.details.model_arn == identifier || job.input.at("customModelName") == identifier
        });
        found.ok_or_else(|| {
            let message = format!("Could not find the custom model {identifier}.");
            request.error("ResourceNotFoundException", message)
        })
    }
}

impl Job {
    fn status(&self) -> &'static str {
        match (self.stopped, SystemTime::now() < self.ready, &self.failure) {
            (Some(_), _, _) => "Stopped",
            (None, true, _) => "InProgress",
            (None, false, Some(_)) => "Failed",
            (None, false, None) => "Completed",
        }
    }

    /// When the job ended, if it has.
    fn ended(&self) -> Option<SystemTime> {
        self.stopped.or_else(|| (self.ready <= SystemTime::now()).then_some(self.ready))
    }
}

/// The members that GetModelCustomizationJob and ListModelCustomizationJobs share.
fn status(job: &Resource<Job>) -> Value {
    let (created, ended) = (timestamp(job.created), job.details.ended());
    let modified = timestamp(ended.unwrap_or(job.created));
    let phase =
        |name: &str| json!({"status": name, "creationTime": created, "lastModifiedTime": modified});
    let status = job.details.status();
    let earlier = if status == "Failed" { "Completed" } else { status };
    let mut body = json!({
        "jobArn": job.arn,
        "jobName": job.name,
        "baseModelArn": foundation_model_arn(&job.details.base),
        "status": status,
        "statusDetails": {
            "validationDetails": phase(earlier),
            "dataProcessingDetails": phase(earlier),
            "trainingDetails": phase(status),
        },
        "creationTime": created,
        "lastModifiedTime": modified,
    });
    if let Some(ended) = ended {
        body.put("endTime", json!(timestamp(ended)));
    }
    body
}

/// Adds the members that GetModelCustomizationJob and GetCustomModel share.
fn describe(body: &mut Value, job: &Resource<Job>) {
    body.put("baseModelArn", json!(foundation_model_arn(&job.details.base)));
    body.put("customizationType", customization_type(job));
    let hyper_parameters = job.input.at("hyperParameters");
    let hyper_parameters =
        if hyper_parameters.is_null() { json!({}) } else { hyper_parameters.clone() };
    body.put("hyperParameters", hyper_parameters);
    let shared =
        ["trainingDataConfig", "validationDataConfig", "outputDataConfig", "customizationConfig"];
    for name in shared {
        if !job.input.at(name).is_null() {
            body.put(name, job.input.at(name).clone());
        }
    }
    if job.details.status() == "Completed" {
        body.put("trainingMetrics", json!({"trainingLoss": LOSS}));
        let validators = job.input.at("validationDataConfig").at("validators").as_array();
        let validators = validators.map_or(0, Vec::len);
        body.put("validationMetrics", json!(vec![json!({"validationLoss": LOSS}); validators]));
    }
}

fn customization_type(job: &Resource<Job>) -> Value {
    match job.input.at("customizationType") {
        Value::Null => json!("FINE_TUNING"),
        given => given.clone(),
    }
}

fn text<'a>(request: &'a CheckedRequest, name: &str) -> &'a str {
    request.input.at(name).as_str().unwrap_or_default()
}
