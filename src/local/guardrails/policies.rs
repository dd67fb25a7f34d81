//! The policies of a guardrail, what they find in a text, and how that is reported.

use regex_lite::Regex;
use serde_json::{Map, Value, json};

use super::pii;

/// The service's content filters.
pub(super) const FILTERS: [&str; 6] =
    ["SEXUAL", "VIOLENCE", "HATE", "INSULTS", "MISCONDUCT", "PROMPT_ATTACK"];

/// What a rule does about what it finds, in order of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// It is only reported.
    Detect,
    Mask,
    Block,
}

impl Effect {
    fn word(self) -> &'static str {
        match self {
            Effect::Detect => "NONE",
            Effect::Mask => "ANONYMIZED",
            Effect::Block => "BLOCKED",
        }
    }
}

/// A denied topic, and the words by which it is recognised.
#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub name: String,
    pub words: Vec<String>,
    pub effect: Effect,
}

/// A content filter by the service's name. It catches texts that contain its name.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub name: String,
    pub strength: String,
    pub effect: Effect,
}

/// A pattern of the caller's own.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub name: String,
    pub regex: Regex,
    pub effect: Effect,
}

/// The policies for the texts of one side, the caller or the model.
#[derive(Debug, Clone, Default)]
pub(super) struct Policies {
    pub words: Vec<(String, Effect)>,
    /// Lists of words that the service manages. A list catches texts that contain its name.
    pub word_lists: Vec<(String, Effect)>,
    pub topics: Vec<Topic>,
    pub filters: Vec<Filter>,
    /// Kinds of personal information.
    pub pii: Vec<(String, Effect)>,
    pub patterns: Vec<Pattern>,
}

/// What the policies found in a text.
pub(super) struct Findings {
    /// The most severe effect; `None` if nothing was found.
    pub effect: Option<Effect>,
    /// The text with the masks.
    pub masked: String,
    /// The members of the service's `GuardrailAssessment`, one for each policy.
    pub policies: Map<String, Value>,
}

impl Policies {
    pub(super) fn find(&self, text: &str) -> Findings {
        let lower = text.to_lowercase();
        let contains = |words: &str| !words.is_empty() && lower.contains(&words.to_lowercase());
        let mut policies = Map::new();
        let mut worst = None;
        let mut report = |effect: Effect, mut finding: Value| {
            worst = worst.max(Some(effect));
            if let Value::Object(finding) = &mut finding {
                finding.insert("action".to_owned(), json!(effect.word()));
                finding.insert("detected".to_owned(), json!(true));
            }
            finding
        };

        let found = self.words.iter().filter(|(word, _)| contains(word));
        let words: Vec<Value> =
            found.map(|(word, effect)| report(*effect, json!({"match": word}))).collect();
        let found = self.word_lists.iter().filter(|(list, _)| contains(list));
        let lists: Vec<Value> = found
            .map(|(list, effect)| report(*effect, json!({"match": list, "type": list})))
            .collect();
        if !words.is_empty() || !lists.is_empty() {
            let policy = json!({"customWords": words, "managedWordLists": lists});
            policies.insert("wordPolicy".to_owned(), policy);
        }
        let found =
            self.topics.iter().filter(|topic| topic.words.iter().any(|word| contains(word)));
        let topics: Vec<Value> = found
            .map(|topic| report(topic.effect, json!({"name": topic.name, "type": "DENY"})))
            .collect();
        if !topics.is_empty() {
            policies.insert("topicPolicy".to_owned(), json!({"topics": topics}));
        }
        let found = self.filters.iter().filter(|filter| contains(&filter.name.replace('_', " ")));
        let filters: Vec<Value> = found
            .map(|filter| {
                let finding = json!({
                    "type": filter.name, "confidence": "HIGH", "filterStrength": filter.strength,
                });
                report(filter.effect, finding)
            })
            .collect();
        if !filters.is_empty() {
            policies.insert("contentPolicy".to_owned(), json!({"filters": filters}));
        }

        let (mut masked, mut copied) = (String::new(), 0);
        let (mut entities, mut regexes) = (Vec::new(), Vec::new());
        for span in self.spans(text) {
            let matched = text.get(span.start..span.end).unwrap_or_default();
            if span.effect != Effect::Detect {
                masked.push_str(text.get(copied..span.start).unwrap_or_default());
                masked.push_str(&format!("{{{}}}", span.name));
                copied = span.end;
            }
            match span.pattern {
                None => {
                    entities.push(report(span.effect, json!({"type": span.name, "match": matched})))
                }
                Some(pattern) => regexes.push(report(
                    span.effect,
                    json!({"name": span.name, "match": matched, "regex": pattern.as_str()}),
                )),
            }
        }
        masked.push_str(text.get(copied..).unwrap_or_default());
        if !entities.is_empty() || !regexes.is_empty() {
            let policy = json!({"piiEntities": entities, "regexes": regexes});
            policies.insert("sensitiveInformationPolicy".to_owned(), policy);
        }
        Findings { effect: worst, masked, policies }
    }

    /// Personal information and matches of the patterns, in the order of the text. Of two that
    /// overlap, the first counts.
    fn spans<'a>(&'a self, text: &str) -> Vec<Span<'a>> {
        let effect = |kind: &str| {
            self.pii.iter().find(|(known, _)| known == kind).map(|(_, effect)| *effect)
        };
        let mut spans: Vec<Span<'_>> = pii::find(text, |kind| effect(kind).is_some())
            .into_iter()
            .filter_map(|found| {
                let effect = effect(found.kind)?;
                let (start, end) = (found.start, found.end);
                Some(Span { start, end, name: found.kind, effect, pattern: None })
            })
            .collect();
        for Pattern { name, regex, effect } in &self.patterns {
            spans.extend(regex.find_iter(text).filter(|found| !found.is_empty()).map(|found| {
                let (start, end) = (found.start(), found.end());
                Span { start, end, name, effect: *effect, pattern: Some(regex) }
            }));
        }
        spans.sort_by_key(|span| span.start);
        let mut end = 0;
        spans.retain(|span| {
            let free = span.start >= end;
            if free {
                end = span.end;
            }
            free
        });
        spans
    }
}

struct Span<'a> {
    start: usize,
    end: usize,
    name: &'a str,
    effect: Effect,
    /// `None` for personal information.
    pattern: Option<&'a Regex>,
}
