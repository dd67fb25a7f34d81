//! Guardrails: their policies, what they do about a text, and how they report it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::pii;
use crate::local::json::strict::StrictObject;
use crate::local::service_error::ServiceError;

const BLOCKED: &str = "Sorry, the model cannot answer this question.";
/// The service's content filters.
const FILTERS: [&str; 6] = ["SEXUAL", "VIOLENCE", "HATE", "INSULTS", "MISCONDUCT", "PROMPT_ATTACK"];
/// Characters per text unit.
const TEXT_UNIT: usize = 1000;

/// One guardrail's policies.
#[derive(Debug, Clone)]
pub(crate) struct Guardrail {
    words: Vec<String>,
    /// Denied topics: a name, and the words by which the topic is recognised.
    topics: Vec<(String, Vec<String>)>,
    /// Content filters by the service's names. A filter catches texts that contain its name.
    filters: Vec<String>,
    /// Kinds of personal information, and whether each is blocked rather than masked.
    pii: Vec<(String, bool)>,
    blocked_input: String,
    blocked_output: String,
}

/// The guardrails of a server; `None` if none are configured.
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
        by_id.get(id).or_else(|| by_id.get("*")).cloned().ok_or_else(|| {
            ServiceError::validation(
                "The guardrail identifier or version provided in the request does not exist.",
            )
        })
    }
}

impl Default for Guardrail {
    fn default() -> Self {
        Guardrail {
            words: vec!["forbidden".to_owned()],
            topics: Vec::new(),
            filters: Vec::new(),
            pii: vec![("EMAIL".to_owned(), false)],
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
        denied.push((name, words));
    }
    let kinds = object.take("pii").unwrap_or_else(|| json!({}));
    let mut pii = Vec::new();
    for (kind, action) in StrictObject::new("pii", &kinds)?.rest() {
        if !pii::is_known(&kind) {
            return Err(format!("pii: this server cannot detect {kind}"));
        }
        match action.as_str() {
            Some("BLOCK") => pii.push((kind, true)),
            Some("ANONYMIZE") => pii.push((kind, false)),
            _ => return Err(format!("pii: {kind} must be BLOCK or ANONYMIZE, not {action}")),
        }
    }
    let filters = object.texts("filters")?.unwrap_or_default();
    if let Some(unknown) = filters.iter().find(|filter| !FILTERS.contains(&filter.as_str())) {
        return Err(format!("filters: one of {}, not {unknown}", FILTERS.join(", ")));
    }
    let message = |text: Option<String>| text.unwrap_or_else(|| BLOCKED.to_owned());
    let guardrail = Guardrail {
        words: object.texts("words")?.unwrap_or_default(),
        topics: denied,
        filters,
        pii,
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
        let lower = text.to_lowercase();
        let contains = |words: &str| !words.is_empty() && lower.contains(&words.to_lowercase());
        let mut policies = Map::new();
        let mut blocked = false;
        let mut report = |policy: &str, blocks: bool, body: Value| {
            blocked |= blocks;
            policies.insert(policy.to_owned(), body);
        };

        let words: Vec<Value> = self
            .words
            .iter()
            .filter(|word| contains(word))
            .map(|word| json!({"match": word, "action": "BLOCKED", "detected": true}))
            .collect();
        if !words.is_empty() {
            report("wordPolicy", true, json!({"customWords": words, "managedWordLists": []}));
        }
        let topics: Vec<Value> = self
            .topics
            .iter()
            .filter(|(_, words)| words.iter().any(|word| contains(word)))
            .map(|(name, _)| {
                json!({"name": name, "type": "DENY", "action": "BLOCKED", "detected": true})
            })
            .collect();
        if !topics.is_empty() {
            report("topicPolicy", true, json!({"topics": topics}));
        }
        let filters: Vec<Value> = self
            .filters
            .iter()
            .filter(|filter| contains(&filter.replace('_', " ")))
            .map(|filter| {
                json!({
                    "type": filter, "confidence": "HIGH", "filterStrength": "HIGH",
                    "action": "BLOCKED", "detected": true,
                })
            })
            .collect();
        if !filters.is_empty() {
            report("contentPolicy", true, json!({"filters": filters}));
        }
        let blocks = |kind: &str| self.pii.iter().any(|(known, block)| known == kind && *block);
        let found = pii::find(text, |kind| self.pii.iter().any(|(known, _)| known == kind));
        let mut masked = String::new();
        let mut copied = 0;
        let mut entities = Vec::new();
        for finding in &found {
            let action = if blocks(finding.kind) { "BLOCKED" } else { "ANONYMIZED" };
            let matched = text.get(finding.start..finding.end).unwrap_or_default();
            entities.push(
                json!({"type": finding.kind, "match": matched, "action": action, "detected": true}),
            );
            masked.push_str(text.get(copied..finding.start).unwrap_or_default());
            masked.push_str(&format!("{{{}}}", finding.kind));
            copied = finding.end;
        }
        masked.push_str(text.get(copied..).unwrap_or_default());
        if !entities.is_empty() {
            let blocks = found.iter().any(|finding| blocks(finding.kind));
            let body = json!({"piiEntities": entities, "regexes": []});
            report("sensitiveInformationPolicy", blocks, body);
        }

        let action = match (blocked, found.is_empty()) {
            (true, _) => Action::Block,
            (false, false) => Action::Mask,
            (false, true) => Action::Pass,
        };
        let text = match (action, source) {
            (Action::Block, ContentSource::Input) => self.blocked_input.clone(),
            (Action::Block, ContentSource::Output) => self.blocked_output.clone(),
            (Action::Mask | Action::Pass, _) => masked,
        };
        let (usage, coverage) = (self.usage(&lower), coverage(&lower));
        policies.insert(
            "invocationMetrics".to_owned(),
            json!({
                "guardrailProcessingLatency": 1, "usage": usage, "guardrailCoverage": coverage,
            }),
        );
        Verdict { action, text, assessment: Value::Object(policies), usage, coverage }
    }

    /// The text that replaces a blocked reply.
    pub(crate) fn blocked_output(&self) -> &String {
        &self.blocked_output
    }

    fn usage(&self, text: &str) -> Value {
        let units = text_units(text);
        let of = |active: bool| if active { units } else { 0 };
        json!({
            "topicPolicyUnits": of(!self.topics.is_empty()),
            "contentPolicyUnits": of(!self.filters.is_empty()),
            "wordPolicyUnits": of(!self.words.is_empty()),
            "sensitiveInformationPolicyUnits": of(!self.pii.is_empty()),
            "sensitiveInformationPolicyFreeUnits": 0,
            "contextualGroundingPolicyUnits": 0,
        })
    }
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
