//! StartAsyncInvoke, GetAsyncInvoke and ListAsyncInvokes.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::jobs::{Job, Status};
use crate::local::families::model_id::{Family, family, foundation_model};
use crate::local::ids::{arn, foundation_model_arn, identifier};
use crate::local::json::members::JsonExt;
use crate::local::media::canvas;
use crate::local::media::embedding;
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::listing::{self, Entry, Order};
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

/// A minimal MP4 file.
const VIDEO: &[u8] = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41\0\0\0\x08mdat";

impl Bedrock {
    pub(super) fn start_async_invoke(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let input = &request.input;
        let model = foundation_model(&request.model);
        let (name, bytes) =
            output(family(model).ok_or_else(ServiceError::unknown_model)?, input.at("modelInput"))?;
        let token = input.at("clientRequestToken").as_str();
        let mut jobs = self.jobs.all();
        if let Some(known) =
            jobs.iter().find(|job| token.is_some() && job.token.as_deref() == token)
        {
            return if known.request == *input {
                Ok(OperationOutput::json(json!({"invocationArn": known.arn}).to_string()))
            } else {
                Err(ServiceError::new(
                    400,
                    "ConflictException",
                    "The client request token was used with different parameters.",
                ))
            };
        }
        let id = identifier(request.seed, 12).to_lowercase();
        let arn = arn(&format!("async-invoke/{id}"));
        jobs.push(Job {
            arn: arn.clone(),
            model_arn: foundation_model_arn(model),
            token: token.map(str::to_owned),
            request: input.clone(),
            output: input.at("outputDataConfig").clone(),
            status: Status::InProgress,
            failure: None,
            submitted: SystemTime::now(),
            ended: None,
        });
        drop(jobs);
        let settings = &request.scenario.async_invoke;
        let uri = input
            .at("outputDataConfig")
            .at("s3OutputDataConfig")
            .at("s3Uri")
            .as_str()
            .unwrap_or_default();
        let outcome = match &settings.failure {
            Some(failure) => Err(failure.clone()),
            None => settings
                .output_folder
                .as_ref()
                .or(request.scenario.s3_folder.as_ref())
                .map(|folder| folder.file(uri, &id, name, bytes))
                .transpose()
                .map_err(|reason| format!("The output could not be written: {reason}")),
        };
        tokio::spawn(Arc::clone(&self.jobs).finish(arn.clone(), settings.duration, outcome));
        Ok(OperationOutput::json(json!({"invocationArn": arn}).to_string()))
    }

    pub(super) fn get_async_invoke(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let jobs = self.jobs.all();
        let job = jobs.iter().find(|job| request.input.at("invocationArn") == job.arn.as_str());
        // The service model lists no ResourceNotFoundException for this operation.
        let job = job.ok_or_else(|| ServiceError::validation("Invocation not found."))?;
        Ok(OperationOutput::json(job.summary().to_string()))
    }

    pub(super) fn list_async_invokes(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        let jobs = self.jobs.all();
        let entries = jobs.iter().enumerate().map(|(number, job)| Entry {
            number,
            created: job.submitted,
            name: "",
            status: job.status.name(),
            summary: job.summary(),
        });
        let page =
            listing::page(&request.input, "asyncInvokeSummaries", Order::Descending, entries)?;
        Ok(OperationOutput::json(page.to_string()))
    }
}

/// The file that a model writes: its name and its bytes.
fn output(family: Family, input: &Value) -> Result<(&'static str, Vec<u8>), ServiceError> {
    match family {
        Family::NovaReel if input.at("taskType").is_null() => {
            Err(ServiceError::missing_key("taskType"))
        }
        Family::NovaReel => Ok(("output.mp4", VIDEO.to_vec())),
        Family::NovaCanvas => Ok(("output.json", canvas::paint(input)?.into_bytes())),
        Family::TitanEmbedding => Ok(("output.json", embedding::titan(input)?.body.into_bytes())),
        Family::CohereEmbedding => Ok(("output.json", embedding::cohere(input)?.body.into_bytes())),
        _ => Err(ServiceError::validation("The model is unsupported for asynchronous invocation.")),
    }
}
