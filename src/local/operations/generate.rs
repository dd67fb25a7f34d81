//! How a prompt becomes a reply: guardrail, callable, script or echo, cache, limits, time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::local::bedrock::Bedrock;
use crate::local::chat::prompt::Prompt;
use crate::local::chat::reply::{Block, Reply, Stop};
use crate::local::chat::script::{self, Written};
use crate::local::chat::{self, Draft};
use crate::local::exchange::Call;
use crate::local::failure::Failure;
use crate::local::faults::Fault;
use crate::local::guardrail::{Action, Guardrail, Source, Verdict};
use crate::local::json::Json;
use crate::local::limits;

/// A guardrail that a chat was put under.
pub(super) struct Guarded {
    id: String,
    guardrail: Arc<Guardrail>,
    trace: bool,
}

impl Guarded {
    /// The guardrail of a call, if it names one.
    pub(super) fn find(
        call: &Call,
        identifier: &Value,
        trace: &Value,
    ) -> Result<Option<Self>, Failure> {
        let Some(id) = identifier.as_str().filter(|id| !id.is_empty()) else { return Ok(None) };
        let guardrail = call.scenario.guardrails.find(id)?;
        let trace = trace.as_str().is_some_and(|word| word.to_lowercase().starts_with("enabled"));
        Ok(Some(Guarded { id: id.to_owned(), guardrail, trace }))
    }
}

impl Call {
    /// Time from token to token.
    pub(super) fn interval(&self) -> Option<Duration> {
        let slowed = self.strikes.iter().find_map(|fault| match fault {
            Fault::SlowTokens(interval) => Some(*interval),
            _ => None,
        });
        slowed.or(self.scenario.interval)
    }
}

impl Bedrock {
    /// Lets the model speak, in the time that it takes.
    pub(super) async fn speak(
        &self,
        call: &Call,
        prompt: &Prompt,
        guarded: Option<&Guarded>,
    ) -> Result<Reply, Failure> {
        let reserved = prompt.tokens.saturating_add(prompt.max_tokens.unwrap_or(0));
        let limits = &call.scenario.limits;
        let reservation = limits::reserve_tokens(limits, &call.model, reserved, Instant::now())?;
        let input_verdict =
            guarded.map(|guarded| guarded.guardrail.assess(&prompt.guarded_words(), Source::Input));
        let mut reply = match &input_verdict {
            Some(verdict) if verdict.action == Action::Block => {
                let mut reply = chat::finish(prompt, said(&verdict.text));
                reply.stop = Stop::GuardrailIntervened;
                reply
            }
            _ => chat::finish(prompt, self.draft(call, prompt).await?),
        };
        if let Some(cache) = self.prompt_cache.use_for(&call.model, prompt, Instant::now()) {
            let cached = cache.read + cache.written;
            reply.usage.input = reply.usage.input.saturating_sub(cached);
            reply.usage.cache = Some(cache);
        }
        if let (Some(guarded), Some(verdict)) = (guarded, &input_verdict) {
            guard_output(guarded, verdict, &mut reply);
        }
        reservation.settle(reply.usage.total());
        self.take_time(call, &mut reply).await;
        Ok(reply)
    }

    async fn draft(&self, call: &Call, prompt: &Prompt) -> Result<Draft, Failure> {
        let written = match self.ask_callable(call, prompt).await? {
            Some(written) => Some(written),
            None => call.scenario.script.next(prompt),
        };
        match written {
            Some(Written::Draft(draft)) => Ok(draft),
            Some(Written::Failure(failure)) => Err(failure),
            None => Ok(chat::echo(prompt)),
        }
    }

    /// The embedder's own reply; `None` where it leaves this one to us.
    async fn ask_callable(&self, call: &Call, prompt: &Prompt) -> Result<Option<Written>, Failure> {
        if !call.scenario.callable {
            return Ok(None);
        }
        // The body is JSON already, or no prompt would have come of it.
        let request = format!(
            "{{\"operation\":\"{}\",\"modelId\":{},\"text\":{},\"body\":{}}}",
            call.operation.name,
            call.input.at("modelId"),
            Value::from(prompt.words()),
            String::from_utf8_lossy(&call.body),
        );
        let failed = |problem: String| {
            Failure::named(
                "ModelErrorException",
                Some(format!("The callable failed: {problem}")),
                None,
            )
            .with("originalStatusCode", 500)
        };
        let reply = self.bridge.ask(request).await.map_err(failed)?;
        let reply: Value =
            serde_json::from_str(&reply).map_err(|error| failed(error.to_string()))?;
        if reply.is_null() {
            return Ok(None);
        }
        script::parse(&reply).map(Some).map_err(failed)
    }

    /// Waits until the first token of a streamed reply, or the last one of another.
    async fn take_time(&self, call: &Call, reply: &mut Reply) {
        let speaking =
            call.interval().map_or(Duration::ZERO, |interval| interval * reply.usage.output);
        let (now, later) = match call.is_streamed() {
            true => (call.scenario.first_token, speaking),
            false => (call.scenario.first_token + speaking, Duration::ZERO),
        };
        if !now.is_zero() {
            tokio::time::sleep(now).await;
        }
        reply.first_token = call.elapsed();
        let later = u64::try_from(later.as_millis()).unwrap_or(u64::MAX);
        reply.latency = reply.first_token.saturating_add(later);
    }
}

fn said(text: &str) -> Draft {
    Draft { blocks: vec![Block::Text(text.to_owned())], ..Draft::default() }
}

/// Holds every text of the reply to the guardrail, and reports where the caller wants a trace.
fn guard_output(guarded: &Guarded, input: &Verdict, reply: &mut Reply) {
    let model_output = reply.text();
    let mut action = input.action;
    let mut assessments = Vec::new();
    if input.action != Action::Block {
        let mut worst = Action::Pass;
        for block in &mut reply.blocks {
            let Block::Text(text) = block else { continue };
            let verdict = guarded.guardrail.assess(text, Source::Output);
            worst = worst.max(verdict.action);
            assessments.push(verdict.assessment);
            *text = verdict.text;
        }
        if worst == Action::Block {
            // What is blocked is replaced as a whole, tool calls included.
            reply.blocks.retain(|block| matches!(block, Block::Text(_)));
            reply.blocks.truncate(1);
            if let Some(Block::Text(text)) = reply.blocks.first_mut() {
                text.clone_from(guarded.guardrail.blocked_output());
            }
        }
        if worst != Action::Pass {
            reply.stop = Stop::GuardrailIntervened;
        }
        action = worst;
    }
    reply.intervened = Some(action != Action::Pass);
    if guarded.trace {
        let mut trace = json!({
            "inputAssessment": {&guarded.id: input.assessment},
            "actionReason": action.reason(),
        });
        if input.action != Action::Block {
            trace.put("modelOutput", json!([model_output]));
            trace.put("outputAssessments", json!({&guarded.id: assessments}));
        }
        reply.trace = Some(trace);
    }
}
