//! Guardrails: what they do about a text, and how they report it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::pii;
use super::policies::{Effect, FILTERS, Filter, Policies, Topic};
use crate::local::json::strict::StrictObject;
use crate::local::service_error::ServiceError;

const BLOCKED: &str = "Sorry, the model cannot answer this question.";
/// Characters per text unit.
const TEXT_UNIT: usize = 1000;

#[derive(Debug, Clone)]
pub(crate) struct Guardrail {
    pub(super) input: Policies,
    pub(super) output: Policies,
    pub(super) blocked_input: String,
    pub(super) blocked_output: String,
}

/// The guardrails of the scenario; `None` if none are configured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guardrails(Option<BTreeMap<String, Arc<Guardrail>>>);

impl Guardrails {
    /// Reads an object from id (`*` for any) to policies. The error is a sentence for the caller.
    pub(crate) fn parse(json: &Value) -> Result<Self, String> {
        let by_id = StrictObject::new("guardrails", json)?.rest();
        let parsed: Result<_, String> =
            by_id.iter().map(|(id, json)| Ok((id.clone(), Arc::new(parse(json)?)))).collect();
        Ok(Guardrails(Some(parsed?)))
    }

    /// The guardrail that an id or ARN names. If none are configured, every id names a guardrail
    /// that blocks the word "forbidden" and masks e-mail addresses.
    pub(crate) fn find(&self, identifier: &str) -> Result<Arc<Guardrail>, ServiceError> {
        let id = identifier.rsplit('/').next().unwrap_or(identifier);
        let Some(by_id) = &self.0 else { return Ok(Arc::new(Guardrail::default())) };
        by_id.get(id).or_else(|| by_id.get("*")).cloned().ok_or_else(missing_guardrail)
    }
}

/// The error of the runtime's operations.
pub(crate) fn missing_guardrail() -> ServiceError {
    ServiceError::validation(
        "The guardrail identifier or version provided in the request does not exist.",
    )
}

impl Default for Guardrail {
    fn default() -> Self {
        let policies = Policies {
            words: vec![("forbidden".to_owned(), Effect::Block)],
            pii: vec![("EMAIL".to_owned(), Effect::Mask)],
            ..Policies::default()
        };
        Guardrail {
            input: policies.clone(),
            output: policies,
            blocked_input: BLOCKED.to_owned(),
            blocked_output: BLOCKED.to_owned(),
        }
    }
}

fn parse(json: &Value) -> Result<Guardrail, String> {
    let mut object = StrictObject::new("guardrail", json)?;
    let topics = object.take("topics").unwrap_or_else(|| json!({}));
    let mut topics = StrictObject::new("topics", &topics)?;
    let mut denied = Vec::new();
    for name in topics.names() {
        let words = topics.texts(&name)?.unwrap_or_default();
        denied.push(Topic { name, words, effect: Effect::Block });
    }
    let kinds = object.take("pii").unwrap_or_else(|| json!({}));
    let mut pii = Vec::new();
    for (kind, action) in StrictObject::new("pii", &kinds)?.rest() {
        if !pii::is_known(&kind) {
            return Err(format!("pii: this server cannot detect {kind}"));
        }
        match action.as_str() {
            Some("BLOCK") => pii.push((kind, Effect::Block)),
            Some("ANONYMIZE") => pii.push((kind, Effect::Mask)),
            _ => return Err(format!("pii: {kind} must be BLOCK or ANONYMIZE, not {action}")),
        }
    }
    let filters = object.texts("filters")?.unwrap_or_default();
    if let Some(unknown) = filters.iter().find(|filter| !FILTERS.contains(&filter.as_str())) {
        return Err(format!("filters: one of {}, not {unknown}", FILTERS.join(", ")));
    }
    let filter = |name: String| Filter { name, strength: "HIGH".to_owned(), effect: Effect::Block };
    let words = object.texts("words")?.unwrap_or_default();
    let policies = Policies {
        words: words.into_iter().map(|word| (word, Effect::Block)).collect(),
        topics: denied,
        filters: filters.into_iter().map(filter).collect(),
        pii,
        ..Policies::default()
    };
    let message = |text: Option<String>| text.unwrap_or_else(|| BLOCKED.to_owned());
    let guardrail = Guardrail {
        input: policies.clone(),
        output: policies,
        blocked_input: message(object.text("blocked_input")?),
        blocked_output: message(object.text("blocked_output")?),
    };
    object.finish()?;
    Ok(guardrail)
}

/// Which text is assessed: the caller's or the model's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentSource {
    Input,
    Output,
}

/// What a guardrail does about a text, in order of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    Pass,
    Mask,
    Block,
}

impl Action {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Action::Pass => "No action.",
            Action::Mask => "Guardrail masked.",
            Action::Block => "Guardrail blocked.",
        }
    }
}

/// The result of an assessment.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub action: Action,
    /// The text to show; it is the assessed one if that passes.
    pub text: String,
    /// The service's `GuardrailAssessment`.
    pub assessment: Value,
    /// The service's `GuardrailUsage`.
    pub usage: Value,
    /// The service's `GuardrailCoverage`.
    pub coverage: Value,
}

impl Guardrail {
    pub(crate) fn assess(&self, text: &str, source: ContentSource) -> Verdict {
        let policies = match source {
            ContentSource::Input => &self.input,
            ContentSource::Output => &self.output,
        };
        let findings = policies.find(text);
        let action = match findings.effect {
            Some(Effect::Block) => Action::Block,
            Some(Effect::Mask) => Action::Mask,
            Some(Effect::Detect) | None => Action::Pass,
        };
        let shown = match (action, source) {
            (Action::Block, ContentSource::Input) => self.blocked_input.clone(),
            (Action::Block, ContentSource::Output) => self.blocked_output.clone(),
            (Action::Mask | Action::Pass, _) => findings.masked,
        };
        let (usage, coverage) = (usage(policies, text), coverage(text));
        let mut assessment = findings.policies;
        assessment.insert(
            "invocationMetrics".to_owned(),
            json!({
                "guardrailProcessingLatency": 1, "usage": usage, "guardrailCoverage": coverage,
            }),
        );
        let assessment = Value::Object(assessment);
        Verdict { action, text: shown, assessment, usage, coverage }
    }

    /// The text that replaces a blocked reply.
    pub(crate) fn blocked_output(&self) -> &String {
        &self.blocked_output
    }
}

fn usage(policies: &Policies, text: &str) -> Value {
    let units = text_units(text);
    let of = |active: bool| if active { units } else { 0 };
    json!({
        "topicPolicyUnits": of(!policies.topics.is_empty()),
        "contentPolicyUnits": of(!policies.filters.is_empty()),
        "wordPolicyUnits": of(!policies.words.is_empty() || !policies.word_lists.is_empty()),
        "sensitiveInformationPolicyUnits": of(!policies.pii.is_empty()),
        "sensitiveInformationPolicyFreeUnits": of(!policies.patterns.is_empty()),
        "contextualGroundingPolicyUnits": 0,
    })
}

fn coverage(text: &str) -> Value {
    let characters = text.chars().count();
    json!({"textCharacters": {"guarded": characters, "total": characters}})
}

pub(crate) fn text_units(text: &str) -> usize {
    text.chars().count().div_ceil(TEXT_UNIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_blocks_a_word_and_masks_addresses() {
        let guardrail = Guardrails::default().find("anything").unwrap();
        let pass = guardrail.assess("good morning", ContentSource::Input);
        assert_eq!((pass.action, pass.text.as_str()), (Action::Pass, "good morning"));
        let block = guardrail.assess("a Forbidden thing", ContentSource::Output);
        assert_eq!((block.action, block.text.as_str()), (Action::Block, BLOCKED));
        assert_eq!(block.assessment["wordPolicy"]["customWords"][0]["match"], "forbidden");
        let mask = guardrail.assess("ask jane@example.com, please", ContentSource::Output);
        assert_eq!((mask.action, mask.text.as_str()), (Action::Mask, "ask {EMAIL}, please"));
        let entity = &mask.assessment["sensitiveInformationPolicy"]["piiEntities"][0];
        assert_eq!(
            (&entity["match"], &entity["action"]),
            (&json!("jane@example.com"), &json!("ANONYMIZED"))
        );
    }

    #[test]
    fn configured_guardrails_replace_the_default() {
        let guardrails = Guardrails::parse(&json!({
            "abc": {
                "topics": {"Money": ["invest"]},
                "filters": ["PROMPT_ATTACK"],
                "pii": {"PHONE": "BLOCK"},
                "blocked_input": "no",
            }
        }))
        .unwrap();
        let guardrail =
            guardrails.find("arn:aws:bedrock:us-east-1:123456789012:guardrail/abc").unwrap();
        for text in ["should I invest?", "a prompt attack", "call 555-123-4567"] {
            let verdict = guardrail.assess(text, ContentSource::Input);
            assert_eq!((verdict.action, verdict.text.as_str()), (Action::Block, "no"), "{text}");
        }
        assert_eq!(guardrail.assess("forbidden", ContentSource::Input).action, Action::Pass);
        assert_eq!(guardrails.find("other").unwrap_err().status, 400);
        for (bad, words) in [
            (json!({"a": {"wrds": []}}), "no setting called wrds"),
            (json!({"a": {"pii": {"AGE": "BLOCK"}}}), "this server cannot detect AGE"),
            (json!({"a": {"filters": ["HATRED"]}}), "not HATRED"),
            (json!([]), "a JSON object"),
        ] {
            let error = Guardrails::parse(&bad).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
