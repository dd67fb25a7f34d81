//! Model invocation jobs (batches): their state. `batch.rs` runs them.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::collection::{Collection, New, Resource, Tagged};
use crate::local::ids::arn;
use crate::local::json::members::JsonExt;
use crate::local::operations::listing::{self, Entry, Order};
use crate::local::operations::output::OperationOutput;
use crate::local::operations::times::timestamp;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// How long a job may wait and run, if the request does not say.
const TIMEOUT: u32 = 24;

#[derive(Debug)]
pub(crate) struct InvocationJobs(Collection<Job>);

/// The states that a job has here. The service has more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Submitted,
    InProgress,
    Completed,
    Failed,
    Stopping,
    Stopped,
}

#[derive(Debug, Clone)]
pub(super) struct Job {
    pub status: Status,
    /// Why the job failed.
    pub message: Option<String>,
    pub records: Records,
    pub updated: SystemTime,
    pub ended: Option<SystemTime>,
}

/// How many records a job has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Records {
    pub total: u64,
    pub succeeded: u64,
    pub failed: u64,
}

impl Default for InvocationJobs {
    fn default() -> Self {
        InvocationJobs(Collection::new("model invocation job", false))
    }
}

impl InvocationJobs {
    pub(super) fn tagged(&self) -> &dyn Tagged {
        &self.0
    }

    /// The job of a request; the flag tells whether it is new.
    pub(super) fn create(
        &self,
        request: &CheckedRequest,
    ) -> Result<(Resource<Job>, bool), ServiceError> {
        self.0.create(request, |id| New {
            name: request.input.at("jobName").as_str().unwrap_or_default().to_owned(),
            arn: arn(&format!("model-invocation-job/{id}")),
            tags: request.input.at("tags").clone(),
            details: Job {
                status: Status::Submitted,
                message: None,
                records: Records::default(),
                updated: SystemTime::now(),
                ended: None,
            },
        })
    }

    pub(super) fn get(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let job = self.0.get(request, identifier(request))?;
        Ok(OperationOutput::of(request.operation, summary(&job)))
    }

    pub(super) fn list(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        let jobs = self.0.all();
        let entries = jobs.iter().map(|job| Entry {
            number: job.number,
            created: job.created,
            name: &job.name,
            status: job.details.status.name(),
            summary: summary(job),
        });
        let member = "invocationJobSummaries";
        let page = listing::page(&request.input, member, Order::Descending, entries)?;
        Ok(OperationOutput::of(request.operation, page))
    }

    pub(super) fn stop(&self, request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
        self.0.change(request, identifier(request), |job| {
            let status = job.details.status;
            if status.is_final() {
                let name = status.name();
                let message = format!("The job cannot be stopped: its status is {name}.");
                return Err(request.error("ConflictException", message));
            }
            job.details.status = Status::Stopping;
            job.details.updated = SystemTime::now();
            Ok(())
        })?;
        Ok(OperationOutput::of(request.operation, json!({})))
    }

    pub(super) fn is_stopping(&self, arn: &str) -> bool {
        self.0.find(arn).is_some_and(|job| job.details.status == Status::Stopping)
    }

    /// Changes a job that runs. Returns false, and ends the job, if it was told to stop.
    pub(super) fn advance(&self, arn: &str, change: impl FnOnce(&mut Job)) -> bool {
        let mut goes_on = false;
        self.0.update(arn, |job| {
            let job = &mut job.details;
            match job.status {
                Status::Stopping => job.status = Status::Stopped,
                ended if ended.is_final() => return,
                _ => {
                    change(job);
                    goes_on = true;
                }
            }
            job.updated = SystemTime::now();
            if job.status.is_final() {
                job.ended = Some(job.updated);
            }
        });
        goes_on
    }
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Status::Submitted => "Submitted",
            Status::InProgress => "InProgress",
            Status::Completed => "Completed",
            Status::Failed => "Failed",
            Status::Stopping => "Stopping",
            Status::Stopped => "Stopped",
        }
    }

    fn is_final(self) -> bool {
        matches!(self, Status::Completed | Status::Failed | Status::Stopped)
    }
}

fn summary(job: &Resource<Job>) -> Value {
    let (input, details) = (&job.input, &job.details);
    let hours = input.at("timeoutDurationInHours").as_u64();
    let hours = hours.and_then(|hours| u32::try_from(hours).ok()).unwrap_or(TIMEOUT);
    let mut summary = json!({
        "jobArn": job.arn,
        "status": details.status.name(),
        "submitTime": timestamp(job.created),
        "lastModifiedTime": timestamp(details.updated),
        "timeoutDurationInHours": hours,
        "jobExpirationTime": timestamp(job.created + HOUR * hours),
        "totalRecordCount": details.records.total,
        "processedRecordCount": details.records.succeeded + details.records.failed,
        "successRecordCount": details.records.succeeded,
        "errorRecordCount": details.records.failed,
    });
    let repeated = [
        "jobName",
        "modelId",
        "clientRequestToken",
        "roleArn",
        "inputDataConfig",
        "outputDataConfig",
        "vpcConfig",
        "modelInvocationType",
    ];
    for name in repeated {
        if !input.at(name).is_null() {
            summary.put(name, input.at(name).clone());
        }
    }
    if input.at("modelInvocationType").is_null() {
        summary.put("modelInvocationType", json!("InvokeModel"));
    }
    if let Some(message) = &details.message {
        summary.put("message", json!(message));
    }
    if let Some(ended) = details.ended {
        summary.put("endTime", json!(timestamp(ended)));
    }
    summary
}

fn identifier(request: &CheckedRequest) -> &str {
    request.input.at("jobIdentifier").as_str().unwrap_or_default()
}
