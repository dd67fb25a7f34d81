//! What a server does beyond answering: set by a file, over HTTP and from Python.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::chat::script::Script;
use super::control::Source;
use super::faults::{Fault, Rule};
use super::fields::Fields;
use super::guardrail::Guardrails;
use super::limits::Limit;
use super::output_folder::OutputFolder;

#[derive(Debug, Clone, Default)]
pub(crate) struct Scenario {
    /// Decides which calls a fault strikes that has a rate.
    pub seed: u64,
    /// Time to a model's first token.
    pub first_token: Duration,
    /// Time from token to token; `None`: all at once.
    pub interval: Option<Duration>,
    pub script: Script,
    /// Chats are put to the embedder's callable before the script is asked.
    pub callable: bool,
    pub guardrails: Guardrails,
    /// Identifiers of the caller's own, and the model that each stands for.
    pub models: BTreeMap<String, String>,
    pub limits: Vec<Limit>,
    pub faults: Vec<Rule>,
    pub async_invoke: AsyncInvoke,
    /// The folder that the owner gave for outputs. Over HTTP one inside of it may be chosen.
    pub owners_folder: Option<OutputFolder>,
}

/// How asynchronous invocations go.
#[derive(Debug, Clone)]
pub(crate) struct AsyncInvoke {
    /// How long they take.
    pub duration: Duration,
    /// Stands for all of S3: the output of `s3://bucket/key` lands in its `bucket/key`.
    pub output_folder: Option<OutputFolder>,
    /// Why they fail, if they do.
    pub failure: Option<String>,
}

impl Default for AsyncInvoke {
    fn default() -> Self {
        AsyncInvoke { duration: Duration::from_secs(1), output_folder: None, failure: None }
    }
}

impl Scenario {
    /// Takes over the settings that `json` names and leaves the others. The error is a sentence
    /// for the caller, and nothing has changed then.
    pub(crate) fn updated(&self, source: Source, json: &Value) -> Result<Scenario, String> {
        let mut new = self.clone();
        let mut fields = Fields::new("scenario", json)?;
        if let Some(seed) = fields.count("seed")? {
            new.seed = seed;
        }
        if let Some(wait) = fields.seconds("first_token_seconds")? {
            new.first_token = wait;
        }
        if fields.has("tokens_per_second") {
            new.interval = fields.interval("tokens_per_second")?;
        }
        if fields.has("replies") {
            let replies = fields.take("replies");
            new.script = replies.as_ref().map_or_else(|| Ok(Script::default()), Script::parse)?;
        }
        if fields.has("guardrails") {
            let given = fields.take("guardrails");
            new.guardrails =
                given.as_ref().map_or_else(|| Ok(Guardrails::default()), Guardrails::parse)?;
        }
        if fields.has("models") {
            new.models = models(fields.take("models"))?;
        }
        if let Some(limits) = fields.list("limits")? {
            new.limits = limits.iter().map(Limit::parse).collect::<Result<_, _>>()?;
        }
        if let Some(faults) = fields.list("faults")? {
            new.faults.clear();
            for fault in &faults {
                new.add_fault(fault)?;
            }
        }
        if let Some(settings) = fields.take("async_invoke") {
            new.async_invoke = self.async_invoke(source, &settings)?;
            if source == Source::Owner {
                new.owners_folder = new.async_invoke.output_folder.clone();
            }
        }
        fields.end()?;
        Ok(new)
    }

    /// All settings at their defaults. What the owner granted outlasts a reset over HTTP.
    pub(crate) fn reset(&self, source: Source) -> Scenario {
        let owners_folder = match source {
            Source::Owner => None,
            Source::Network => self.owners_folder.clone(),
        };
        Scenario { owners_folder, ..Scenario::default() }
    }

    fn async_invoke(&self, source: Source, json: &Value) -> Result<AsyncInvoke, String> {
        let usual = AsyncInvoke::default();
        let mut fields = Fields::new("async_invoke", json)?;
        let duration = fields.seconds("seconds")?.unwrap_or(usual.duration);
        let output_folder = fields.text("output_folder")?;
        let failure = fields.text("failure")?;
        fields.end()?;
        let output_folder = match (source, &self.owners_folder) {
            (Source::Owner, _) => output_folder.map(|path| OutputFolder::of_owner(&path)),
            (Source::Network, Some(own)) => output_folder.map(|path| own.inside(&path)),
            (Source::Network, None) => output_folder.map(|_| {
                Err("async_invoke: output_folder can be set over HTTP only where the server was \
                     started with one"
                    .to_owned())
            }),
        };
        Ok(AsyncInvoke { duration, output_folder: output_folder.transpose()?, failure })
    }

    pub(crate) fn add_fault(&mut self, json: &Value) -> Result<(), String> {
        self.faults.push(Rule::parse(json, self.faults.len() as u64)?);
        Ok(())
    }

    /// The faults that strike a call.
    pub(crate) fn strikes(&self, operation: &str, model: &str) -> Vec<Fault> {
        let strike = |rule: &Rule| rule.strike(self.seed, operation, model).cloned();
        self.faults.iter().filter_map(strike).collect()
    }

    /// The model that an identifier stands for.
    pub(crate) fn model<'a>(&'a self, identifier: &'a str) -> &'a str {
        self.models.get(identifier).map_or(identifier, String::as_str)
    }
}

fn models(json: Option<Value>) -> Result<BTreeMap<String, String>, String> {
    let Some(json) = json else { return Ok(BTreeMap::new()) };
    let mut fields = Fields::new("models", &json)?;
    let mut models = BTreeMap::new();
    for name in fields.names() {
        if let Some(model) = fields.text(&name)? {
            models.insert(name, model);
        }
    }
    Ok(models)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_are_taken_over_one_by_one() {
        let first = Scenario::default()
            .updated(
                Source::Owner,
                &json!({"tokens_per_second": 50, "faults": [{"fault": "broken_body"}]}),
            )
            .unwrap();
        assert_eq!(first.interval, Some(Duration::from_millis(20)));
        let second =
            first.updated(Source::Owner, &json!({"seed": 3, "tokens_per_second": null})).unwrap();
        assert_eq!((second.seed, second.interval, second.faults.len()), (3, None, 1));
        assert_eq!(second.strikes("Converse", "m").len(), 1);
        assert!(
            second
                .updated(Source::Owner, &json!({"faults": []}))
                .unwrap()
                .strikes("Converse", "m")
                .is_empty()
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (json, words) in [
            (json!([]), "scenario: a JSON object"),
            (json!({"token_per_second": 1}), "no setting called token_per_second"),
            (json!({"tokens_per_second": 0}), "tokens_per_second must be a number of at least one"),
            (json!({"first_token_seconds": -1}), "must be a number of seconds"),
            (json!({"models": {"a": 1}}), "models: a must be a string"),
            (json!({"async_invoke": {"second": 1}}), "no setting called second"),
        ] {
            let error = Scenario::default().updated(Source::Owner, &json).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
