//! The choice of the operation's implementation.

use super::bedrock::Bedrock;
use super::output::OperationOutput;
use super::{count_tokens, guardrails};
use crate::local::faults::injection;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

impl Bedrock {
    /// Runs the operation of a request, unless a fault replaces it. Bidirectional streams have
    /// [`Bedrock::invoke_bidirectional`].
    pub(crate) async fn run(
        &self,
        request: &CheckedRequest,
    ) -> Result<OperationOutput, ServiceError> {
        injection::before_response(&request.faults).await?;
        match request.operation.name {
            "Converse" | "ConverseStream" => self.converse(request).await,
            "InvokeModel" | "InvokeModelWithResponseStream" => self.invoke_model(request).await,
            "CountTokens" => count_tokens::count_tokens(request),
            "ApplyGuardrail" => guardrails::apply(request),
            "InvokeGuardrailChecks" => Ok(guardrails::check(request)),
            "StartAsyncInvoke" => self.start_async_invoke(request),
            "GetAsyncInvoke" => self.get_async_invoke(request),
            "ListAsyncInvokes" => self.list_async_invokes(request),
            _ => Err(ServiceError::unknown_operation()),
        }
    }
}
