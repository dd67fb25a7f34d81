//! How a prompt becomes a reply: by the guardrail, the callable, the script or the echo, the prompt
//! cache, the rate limits and the time that tokens take.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::local::chat::draft::Draft;
use crate::local::chat::echo::echo;
use crate::local::chat::prompt::Prompt;
use crate::local::chat::reply::{Block, Reply, Stop};
use crate::local::guardrails::guardrail::{Action, ContentSource, Guardrail, Verdict};
use crate::local::json::members::JsonExt;
use crate::local::operations::bedrock::Bedrock;
use crate::local::request::checked::CheckedRequest;
use crate::local::scenario::rate_limit;
use crate::local::scenario::scripted_reply::ScriptedReply;
use crate::local::service_error::ServiceError;

/// The guardrail that a request names.
pub(crate) struct AppliedGuardrail {
    id: String,
    guardrail: Arc<Guardrail>,
    trace: bool,
}

impl AppliedGuardrail {
    /// The guardrail that `config` names: the input of InvokeModel or the `guardrailConfig` of
    /// Converse. `None` if it names none.
    pub(crate) fn find(
        bedrock: &Bedrock,
        request: &CheckedRequest,
        config: &Value,
    ) -> Result<Option<Self>, ServiceError> {
        let id = config.at("guardrailIdentifier").as_str().filter(|id| !id.is_empty());
        let Some(id) = id else { return Ok(None) };
        let guardrail = bedrock.guardrail(request, id, config.at("guardrailVersion"))?;
        let trace = config
            .at("trace")
            .as_str()
            .is_some_and(|word| word.to_lowercase().starts_with("enabled"));
        Ok(Some(AppliedGuardrail { id: id.to_owned(), guardrail, trace }))
    }
}

impl Bedrock {
    /// The model's reply, after the time that the model takes.
    pub(crate) async fn generate(
        &self,
        request: &CheckedRequest,
        prompt: &Prompt,
        guardrail: Option<&AppliedGuardrail>,
    ) -> Result<Reply, ServiceError> {
        let reserved = prompt.tokens.saturating_add(prompt.max_tokens.unwrap_or(0));
        let limits = &request.scenario.limits;
        let reservation =
            rate_limit::reserve_tokens(limits, &request.model, reserved, Instant::now())?;
        let input_verdict = guardrail
            .map(|applied| applied.guardrail.assess(&prompt.guarded_words(), ContentSource::Input));
        let mut reply = match &input_verdict {
            Some(verdict) if verdict.action == Action::Block => {
                let mut reply = Draft::of_text(&verdict.text).into_reply(prompt);
                reply.stop = Stop::GuardrailIntervened;
                reply
            }
            _ => self.draft(request, prompt).await?.into_reply(prompt),
        };
        if let Some(cache) = self.prompt_cache.use_for(&request.model, prompt, Instant::now()) {
            let cached = cache.read + cache.written;
            reply.usage.input = reply.usage.input.saturating_sub(cached);
            reply.usage.cache = Some(cache);
        }
        if let (Some(guardrail), Some(verdict)) = (guardrail, &input_verdict) {
            guard_output(guardrail, verdict, &mut reply);
        }
        reservation.settle(reply.usage.total());
        self.wait_for_tokens(request, &mut reply).await;
        Ok(reply)
    }

    async fn draft(
        &self,
        request: &CheckedRequest,
        prompt: &Prompt,
    ) -> Result<Draft, ServiceError> {
        let scripted = match self.ask_callable(request, prompt).await? {
            Some(reply) => Some(reply),
            None => request.scenario.script.next(prompt),
        };
        match scripted {
            Some(ScriptedReply::Draft(draft)) => Ok(draft),
            Some(ScriptedReply::Error(error)) => Err(error),
            None => Ok(echo(prompt)),
        }
    }

    /// The reply of the program's callable; `None` if there is no callable or it leaves the reply
    /// to the server.
    async fn ask_callable(
        &self,
        request: &CheckedRequest,
        prompt: &Prompt,
    ) -> Result<Option<ScriptedReply>, ServiceError> {
        if !request.scenario.callable {
            return Ok(None);
        }
        // The body is valid JSON: the prompt was read from it.
        let json = format!(
            "{{\"operation\":\"{}\",\"modelId\":{},\"text\":{},\"body\":{}}}",
            request.operation.name,
            request.input.at("modelId"),
            Value::from(prompt.words()),
            String::from_utf8_lossy(&request.body),
        );
        let failed = |problem: String| {
            ServiceError::named(
                "ModelErrorException",
                Some(format!("The callable failed: {problem}")),
                None,
            )
            .with("originalStatusCode", 500)
        };
        let reply = self.callable.ask(json).await.map_err(failed)?;
        let reply: Value =
            serde_json::from_str(&reply).map_err(|error| failed(error.to_string()))?;
        if reply.is_null() {
            return Ok(None);
        }
        ScriptedReply::parse(&reply).map(Some).map_err(failed)
    }

    /// Waits for the first token of a streamed reply, or for the last token of any other.
    async fn wait_for_tokens(&self, request: &CheckedRequest, reply: &mut Reply) {
        let generation =
            request.interval().map_or(Duration::ZERO, |interval| interval * reply.usage.output);
        let (now, later) = match request.is_streamed() {
            true => (request.scenario.first_token, generation),
            false => (request.scenario.first_token + generation, Duration::ZERO),
        };
        if !now.is_zero() {
            tokio::time::sleep(now).await;
        }
        reply.first_token = request.elapsed();
        let later = u64::try_from(later.as_millis()).unwrap_or(u64::MAX);
        reply.latency = reply.first_token.saturating_add(later);
    }
}

/// Applies the guardrail to every text of the reply, and adds a trace if the caller wants one.
fn guard_output(applied: &AppliedGuardrail, input: &Verdict, reply: &mut Reply) {
    let model_output = reply.text();
    let mut action = input.action;
    let mut assessments = Vec::new();
    if input.action != Action::Block {
        let mut worst = Action::Pass;
        for block in &mut reply.blocks {
            let Block::Text(text) = block else { continue };
            let verdict = applied.guardrail.assess(text, ContentSource::Output);
            worst = worst.max(verdict.action);
            assessments.push(verdict.assessment);
            *text = verdict.text;
        }
        if worst == Action::Block {
            // A blocked reply is replaced as a whole, including its tool calls.
            reply.blocks.retain(|block| matches!(block, Block::Text(_)));
            reply.blocks.truncate(1);
            if let Some(Block::Text(text)) = reply.blocks.first_mut() {
                text.clone_from(applied.guardrail.blocked_output());
            }
        }
        if worst != Action::Pass {
            reply.stop = Stop::GuardrailIntervened;
        }
        action = worst;
    }
    reply.intervened = Some(action != Action::Pass);
    if applied.trace {
        let mut trace = json!({
            "inputAssessment": {&applied.id: input.assessment},
            "actionReason": action.reason(),
        });
        if input.action != Action::Block {
            trace.put("modelOutput", json!([model_output]));
            trace.put("outputAssessments", json!({&applied.id: assessments}));
        }
        reply.trace = Some(trace);
    }
}
