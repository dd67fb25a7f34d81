//! From a request to the folder of its service.

use std::sync::Arc;

use super::bedrock::Bedrock;
use super::example;
use super::output::OperationOutput;
use crate::local::faults::injection;
use crate::local::request::checked::CheckedRequest;
use crate::local::scenario::unimplemented::Unimplemented;
use crate::local::service_error::ServiceError;

impl Bedrock {
    /// Runs the operation of a request, unless a fault replaces it.
    pub(crate) async fn run(
        self: &Arc<Self>,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        injection::before_response(&request.faults).await?;
        let output = match request.service.name {
            "bedrock-runtime" => self.run_runtime(request).await?,
            "bedrock-agent-runtime" => self.run_agent_runtime(request).await?,
            "bedrock" => self.run_control_plane(request)?,
            _ => None,
        };
        match (output, request.scenario.unimplemented) {
            (Some(output), _) => Ok(output),
            (None, Unimplemented::Echo) => example::output(request),
            (None, Unimplemented::Error) => Err(not_implemented(request)),
        }
    }
}

/// No SDK tries again after this status.
fn not_implemented(request: &CheckedRequest) -> ServiceError {
    let (operation, service) = (request.operation.name, request.service.name);
    let message = format!(
        "{operation} of {service} is not implemented here: the local Bedrock has a part of the \
         operations. With the setting unimplemented=\"echo\" it answers the others with examples."
    );
    ServiceError::new(501, "NotImplementedException", message)
}
