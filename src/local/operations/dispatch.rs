//! The operations of the runtime, one file per family of them.

mod async_invoke;
mod bidirectional;
mod converse;
mod count_tokens;
mod guardrails;
mod invoke_model;
mod speech;

use super::answer::Answer;
use super::bedrock::Bedrock;
use super::exchange::Call;
use super::failure::Failure;
use super::faults::Fault;

impl Bedrock {
    /// Does what a call asks for, in its time, unless a fault stands in its place.
    pub(crate) async fn perform(&self, call: &Call) -> Result<Answer, Failure> {
        hindered(&call.strikes).await?;
        match call.operation.name {
            "Converse" | "ConverseStream" => self.converse(call).await,
            "InvokeModel" | "InvokeModelWithResponseStream" => self.invoke_model(call).await,
            "CountTokens" => count_tokens::count_tokens(call),
            "ApplyGuardrail" => guardrails::apply(call),
            "InvokeGuardrailChecks" => Ok(guardrails::check(call)),
            "StartAsyncInvoke" => self.start_async_invoke(call),
            "GetAsyncInvoke" => self.get_async_invoke(call),
            "ListAsyncInvokes" => self.list_async_invokes(call),
            _ => Err(Failure::unknown_operation()),
        }
    }
}

/// Lets the faults that come before any answer have their way.
async fn hindered(strikes: &[Fault]) -> Result<(), Failure> {
    for fault in strikes {
        match fault {
            Fault::SlowFirstByte(time) => tokio::time::sleep(*time).await,
            Fault::Error(failure) => return Err(failure.clone()),
            _ => {}
        }
    }
    Ok(())
}
