//! The jobs of asynchronous invocations.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::local::json::members::JsonExt;
use crate::local::operations::times::timestamp;
use crate::local::scenario::s3_folder::OutputFile;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    InProgress,
    Completed,
    Failed,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::InProgress => "InProgress",
            Status::Completed => "Completed",
            Status::Failed => "Failed",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub arn: String,
    pub model_arn: String,
    /// The caller's idempotency token.
    pub token: Option<String>,
    /// The request's input, which tells a repetition from a conflict.
    pub request: Value,
    /// The request's `outputDataConfig`.
    pub output: Value,
    pub status: Status,
    pub failure: Option<String>,
    pub submitted: SystemTime,
    pub ended: Option<SystemTime>,
}

impl Job {
    /// The members that GetAsyncInvoke and ListAsyncInvokes share.
    pub(crate) fn summary(&self) -> Value {
        let mut summary = json!({
            "invocationArn": self.arn,
            "modelArn": self.model_arn,
            "status": self.status.name(),
            "submitTime": timestamp(self.submitted),
            "lastModifiedTime": timestamp(self.ended.unwrap_or(self.submitted)),
            "outputDataConfig": self.output,
        });
        if let Some(token) = &self.token {
            summary.put("clientRequestToken", json!(token));
        }
        if let Some(failure) = &self.failure {
            summary.put("failureMessage", json!(failure));
        }
        if let Some(ended) = self.ended {
            summary.put("endTime", json!(timestamp(ended)));
        }
        summary
    }
}

/// All jobs in the order of their submission.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<Vec<Job>>);

impl Jobs {
    pub(crate) fn all(&self) -> MutexGuard<'_, Vec<Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a job after `duration`, when its output has been written.
    pub(crate) async fn finish(
        self: Arc<Self>,
        arn: String,
        duration: Duration,
        outcome: Result<Option<OutputFile>, String>,
    ) {
        tokio::time::sleep(duration).await;
        let outcome = match outcome {
            Ok(Some(output)) => match tokio::task::spawn_blocking(move || output.write()).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(format!("The output could not be written: {error}")),
                Err(error) => Err(error.to_string()),
            },
            Ok(None) => Ok(()),
            Err(failure) => Err(failure),
        };
        if let Some(job) = self.all().iter_mut().find(|job| job.arn == arn) {
            job.status = if outcome.is_ok() { Status::Completed } else { Status::Failed };
            job.failure = outcome.err();
            job.ended = Some(SystemTime::now());
        }
    }
}
