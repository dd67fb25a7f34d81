//! bedrock: models, guardrails, throughput, jobs. The state of a resource follows from the time.

mod batch;
mod catalogue;
mod collection;
mod customization_jobs;
pub(super) mod dispatch;
mod foundation_models;
mod guardrail_policies;
mod guardrails;
mod inference_profiles;
mod invocation_jobs;
mod logging_configuration;
mod provisioned_throughput;
pub(crate) mod state;
mod tags;
