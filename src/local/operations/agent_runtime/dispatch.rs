//! The choice of an operation of the agents' runtime.

use super::rerank;
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

impl Bedrock {
    /// Runs an operation of the agents' runtime; `None` if this server does not have it.
    pub(crate) async fn run_agent_runtime(
        &self,
        request: &CheckedRequest,
    ) -> Result<Option<OperationOutput>, ServiceError> {
        match request.operation.name {
            "Retrieve" => self.retrieve(request),
            "RetrieveAndGenerate" | "RetrieveAndGenerateStream" => {
                self.retrieve_and_generate(request).await
            }
            "Rerank" => rerank::rerank(request),
            "InvokeAgent" => self.invoke_agent(request).await,
            _ => return Ok(None),
        }
        .map(Some)
    }
}
