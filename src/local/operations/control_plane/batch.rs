//! Running a model invocation job: the records of its input files are answered by the models.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::invocation_jobs::{Job, Records, Status};
use crate::local::ids::identifier;
use crate::local::json::members::JsonExt;
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::request::validate;
use crate::local::scenario::s3_folder::S3Folder;
use crate::local::scenario::settings::Scenario;
use crate::local::service_error::ServiceError;

/// How often a waiting job looks whether it was told to stop.
const POLL: Duration = Duration::from_millis(20);
const NO_FOLDER: &str = "The local Bedrock has no folder that stands for S3: set s3_folder.";

/// What a job needs while it runs.
struct Batch {
    bedrock: Arc<Bedrock>,
    scenario: Arc<Scenario>,
    arn: String,
    /// The last part of the ARN, which names the folder of the output.
    id: String,
    model: String,
    operation: &'static str,
    input_uri: String,
    output_uri: String,
    records: Records,
    tokens: Tokens,
}

/// The sums of the tokens of all records.
#[derive(Default)]
struct Tokens {
    input: u64,
    output: u64,
}

impl Bedrock {
    /// CreateModelInvocationJob
    pub(super) fn create_invocation_job(
        self: &Arc<Self>,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let model = self.control_plane.foundation_model(&request.model);
        let model = model.ok_or_else(ServiceError::unknown_model)?;
        let (job, is_new) = self.control_plane.invocation_jobs.create(request)?;
        let output = OperationOutput::of(request.operation, json!({"jobArn": job.arn}));
        if !is_new {
            return Ok(output);
        }
        let uri = |config: &str, s3: &str| {
            let uri = request.input.at(config).at(s3).at("s3Uri").as_str();
            uri.unwrap_or_default().to_owned()
        };
        let converses = request.input.at("modelInvocationType").as_str() == Some("Converse");
        let batch = Batch {
            bedrock: Arc::clone(self),
            scenario: Arc::clone(&request.scenario),
            arn: job.arn,
            id: job.id,
            model,
            operation: if converses { "Converse" } else { "InvokeModel" },
            input_uri: uri("inputDataConfig", "s3InputDataConfig"),
            output_uri: uri("outputDataConfig", "s3OutputDataConfig"),
            records: Records::default(),
            tokens: Tokens::default(),
        };
        tokio::spawn(batch.run_to_end());
        Ok(output)
    }
}

impl Batch {
    async fn run_to_end(mut self) {
        let outcome = self.run().await;
        let records = self.records;
        self.bedrock.control_plane.invocation_jobs.advance(&self.arn, |job| {
            job.records = records;
            job.status = if outcome.is_ok() { Status::Completed } else { Status::Failed };
            job.message = outcome.err();
        });
    }

    /// The error is the job's message.
    async fn run(&mut self) -> Result<(), String> {
        let settings = self.scenario.control_plane.clone();
        let folder = self.scenario.s3_folder.clone().ok_or(NO_FOLDER)?;
        self.advance(|job| job.status = Status::InProgress);
        self.wait(settings.duration).await;
        if !self.advance(|_| {}) {
            return Ok(());
        }
        if let Some(failure) = settings.failure {
            return Err(failure);
        }
        let uri = self.input_uri.clone();
        let files = blocking({
            let folder = folder.clone();
            move || folder.read(&uri)
        })
        .await?;
        let mut inputs = Vec::new();
        for (name, bytes) in files {
            let text = String::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8."))?;
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            let records: Vec<String> = lines.map(str::to_owned).collect();
            self.records.total += records.len() as u64;
            inputs.push((name, records));
        }
        if self.records.total == 0 {
            return Err(format!("{} has no records.", self.input_uri));
        }
        for (name, records) in inputs {
            let mut output = String::new();
            for record in records {
                let record = self.answer(&record).await;
                let succeeded = record.at("error").is_null();
                self.records.succeeded += u64::from(succeeded);
                self.records.failed += u64::from(!succeeded);
                output.push_str(&record.to_string());
                output.push('\n');
                let counts = self.records;
                if !self.advance(|job| job.records = counts) {
                    return Ok(());
                }
            }
            self.write(&folder, format!("{name}.out"), output).await?;
        }
        let manifest = json!({
            "totalRecordCount": self.records.total,
            "processedRecordCount": self.records.succeeded + self.records.failed,
            "successRecordCount": self.records.succeeded,
            "errorRecordCount": self.records.failed,
            "inputTokenCount": self.tokens.input,
            "outputTokenCount": self.tokens.output,
        });
        self.write(&folder, "manifest.json.out".to_owned(), manifest.to_string()).await
    }

    /// Waits, but not for a job that was told to stop.
    async fn wait(&self, duration: Duration) {
        let end = Instant::now() + duration;
        let jobs = &self.bedrock.control_plane.invocation_jobs;
        while Instant::now() < end && !jobs.is_stopping(&self.arn) {
            tokio::time::sleep_until((Instant::now() + POLL).min(end).into()).await;
        }
    }

    /// The line of the output for a line of the input.
    async fn answer(&mut self, line: &str) -> Value {
        let mut record = match serde_json::from_str(line) {
            Ok(Value::Object(record)) => record,
            _ => Map::new(),
        };
        if !record.get("recordId").is_some_and(Value::is_string) {
            let number = self.records.succeeded + self.records.failed;
            record.insert("recordId".to_owned(), json!(identifier(number, 12).to_uppercase()));
        }
        let input = record.get("modelInput").filter(|input| input.is_object()).cloned();
        let outcome = match input {
            Some(input) => self.invoke(input).await,
            None => Err(ServiceError::validation("The record has no modelInput.")),
        };
        match outcome {
            Ok(output) => {
                self.count(output.at("usage"));
                record.insert("modelOutput".to_owned(), output);
            }
            Err(error) => {
                let error = json!({"errorCode": error.status, "errorMessage": error.message});
                record.insert("error".to_owned(), error);
            }
        }
        Value::Object(record)
    }

    async fn invoke(&self, input: Value) -> Result<Value, ServiceError> {
        let request = CheckedRequest::of_server(&self.scenario, self.operation, &self.model, input);
        let request = request.ok_or_else(ServiceError::unknown_operation)?;
        if let Value::Object(members) = &request.input
            && self.operation == "Converse"
        {
            validate::check(request.operation.input, members, request.body.len())?;
        }
        let output = self.bedrock.run_runtime(&request).await?;
        let output = output.ok_or_else(ServiceError::unknown_operation)?;
        Ok(serde_json::from_slice(output.body()).unwrap_or_default())
    }

    /// Adds the usage in Converse's words or in those of Anthropic's models.
    fn count(&mut self, usage: &Value) {
        let tokens = |names: [&str; 2]| names.iter().find_map(|name| usage.at(name).as_u64());
        self.tokens.input += tokens(["inputTokens", "input_tokens"]).unwrap_or_default();
        self.tokens.output += tokens(["outputTokens", "output_tokens"]).unwrap_or_default();
    }

    async fn write(&self, folder: &S3Folder, name: String, text: String) -> Result<(), String> {
        let failed = |reason: String| format!("The output could not be written: {reason}");
        let file = folder.file(&self.output_uri, &self.id, &name, text.into_bytes());
        let file = file.map_err(failed)?;
        blocking(move || file.write().map_err(|error| error.to_string())).await.map_err(failed)
    }

    fn advance(&self, change: impl FnOnce(&mut Job)) -> bool {
        self.bedrock.control_plane.invocation_jobs.advance(&self.arn, change)
    }
}

/// Runs what reads or writes files on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(error.to_string()))
}
