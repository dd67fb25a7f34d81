//! The choice of an operation of the control plane.

use std::sync::Arc;

use super::collection::Tagged;
use super::{foundation_models, tags};
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

impl Bedrock {
    /// Runs an operation of the control plane; `None` if this server does not have it.
    pub(in crate::local::operations) fn run_control_plane(
        self: &Arc<Self>,
        request: &CheckedRequest,
    ) -> Result<Option<OperationOutput>, ServiceError> {
        let plane = &self.control_plane;
        let kinds: [&dyn Tagged; 5] = [
            plane.guardrails.tagged(),
            plane.inference_profiles.tagged(),
            plane.provisioned.tagged(),
            plane.customization_jobs.tagged(),
            plane.invocation_jobs.tagged(),
        ];
        match request.operation.name {
            "ListFoundationModels" => Ok(foundation_models::list(request)),
            "GetFoundationModel" => foundation_models::get(request),
            "GetFoundationModelAvailability" => foundation_models::availability(request),
            "ListInferenceProfiles" => plane.inference_profiles.list(request),
            "GetInferenceProfile" => plane.inference_profiles.get(request),
            "CreateInferenceProfile" => {
                let model = |identifier: &str| plane.foundation_model(identifier);
                plane.inference_profiles.create(request, model)
            }
            "DeleteInferenceProfile" => plane.inference_profiles.delete(request),
            "CreateGuardrail" => plane.guardrails.create(request),
            "CreateGuardrailVersion" => plane.guardrails.create_version(request),
            "GetGuardrail" => plane.guardrails.get(request),
            "ListGuardrails" => plane.guardrails.list(request),
            "UpdateGuardrail" => plane.guardrails.update(request),
            "DeleteGuardrail" => plane.guardrails.delete(request),
            "CreateProvisionedModelThroughput" => {
                let model = plane.foundation_model(&request.model);
                plane.provisioned.create(request, model)
            }
            "GetProvisionedModelThroughput" => plane.provisioned.get(request),
            "ListProvisionedModelThroughputs" => plane.provisioned.list(request),
            "UpdateProvisionedModelThroughput" => {
                let model = plane.foundation_model(text(request, "desiredModelId"));
                plane.provisioned.update(request, model)
            }
            "DeleteProvisionedModelThroughput" => plane.provisioned.delete(request),
            "CreateModelCustomizationJob" => {
                let model = plane.foundation_model(text(request, "baseModelIdentifier"));
                plane.customization_jobs.create(request, model)
            }
            "GetModelCustomizationJob" => plane.customization_jobs.get(request),
            "ListModelCustomizationJobs" => plane.customization_jobs.list(request),
            "StopModelCustomizationJob" => plane.customization_jobs.stop(request),
            "GetCustomModel" => plane.customization_jobs.get_model(request),
            "ListCustomModels" => plane.customization_jobs.list_models(request),
            "DeleteCustomModel" => plane.customization_jobs.delete_model(request),
            "CreateModelInvocationJob" => self.create_invocation_job(request),
            "GetModelInvocationJob" => plane.invocation_jobs.get(request),
            "ListModelInvocationJobs" => plane.invocation_jobs.list(request),
            "StopModelInvocationJob" => plane.invocation_jobs.stop(request),
            "PutModelInvocationLoggingConfiguration" => Ok(plane.logging.put(request)),
            "GetModelInvocationLoggingConfiguration" => Ok(plane.logging.get(request)),
            "DeleteModelInvocationLoggingConfiguration" => Ok(plane.logging.delete(request)),
            "TagResource" => tags::tag(request, &kinds),
            "UntagResource" => tags::untag(request, &kinds),
            "ListTagsForResource" => tags::list(request, &kinds),
            _ => return Ok(None),
        }
        .map(Some)
    }
}

fn text<'a>(request: &'a CheckedRequest, name: &str) -> &'a str {
    request.input.get(name).and_then(|value| value.as_str()).unwrap_or_default()
}
