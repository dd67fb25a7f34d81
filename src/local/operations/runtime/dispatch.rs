//! The choice of an operation of the runtime.

use super::{count_tokens, guardrails};
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::output::OperationOutput;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

impl Bedrock {
    /// Runs an operation of the runtime; `None` if this server does not have it. Bidirectional
    /// streams have [`Bedrock::invoke_bidirectional`].
    pub(crate) async fn run_runtime(
        &self,
        request: &CheckedRequest,
    ) -> Result<Option<OperationOutput>, ServiceError> {
        match request.operation.name {
            "Converse" | "ConverseStream" => self.converse(request).await,
            "InvokeModel" | "InvokeModelWithResponseStream" => self.invoke_model(request).await,
            "CountTokens" => count_tokens::count_tokens(request),
            "ApplyGuardrail" => self.apply_guardrail(request),
            "InvokeGuardrailChecks" => Ok(guardrails::check(request)),
            "StartAsyncInvoke" => self.start_async_invoke(request),
            "GetAsyncInvoke" => self.get_async_invoke(request),
            "ListAsyncInvokes" => self.list_async_invokes(request),
            _ => return Ok(None),
        }
        .map(Some)
    }
}
