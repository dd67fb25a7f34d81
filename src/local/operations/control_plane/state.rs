//! What has been created on the control plane of a server.

use super::customization_jobs::CustomizationJobs;
use super::guardrails::Guardrails;
use super::inference_profiles::InferenceProfiles;
use super::invocation_jobs::InvocationJobs;
use super::logging_configuration::LoggingConfiguration;
use super::provisioned_throughput::ProvisionedThroughput;
use crate::local::families::model_id::{family, foundation_model};

#[derive(Debug, Default)]
pub(crate) struct ControlPlane {
    pub(in crate::local::operations) guardrails: Guardrails,
    pub(super) inference_profiles: InferenceProfiles,
    pub(super) provisioned: ProvisionedThroughput,
    pub(super) customization_jobs: CustomizationJobs,
    pub(super) invocation_jobs: InvocationJobs,
    pub(super) logging: LoggingConfiguration,
}

impl ControlPlane {
    /// The foundation model behind the ARN of a resource that was created here; `None` for any
    /// other identifier.
    pub(crate) fn model(&self, identifier: &str) -> Option<String> {
        if !identifier.starts_with("arn:") {
            return None;
        }
        self.inference_profiles
            .model(identifier)
            .or_else(|| self.provisioned.model(identifier))
            .or_else(|| self.customization_jobs.model(identifier))
    }

    /// The foundation model that an identifier stands for, if this server has it.
    pub(super) fn foundation_model(&self, identifier: &str) -> Option<String> {
        let model = self.model(identifier);
        let model = foundation_model(model.as_deref().unwrap_or(identifier));
        family(model).map(|_| model.to_owned())
    }
}
