//! The settings of a server: given by its owner, read from a file, or set over HTTP.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::agents::Agents;
use super::async_invoke::AsyncInvokeSettings;
use super::control_plane::ControlPlaneSettings;
use super::knowledge_bases::KnowledgeBases;
use super::rate_limit::RateLimit;
use super::requester::Requester;
use super::s3_folder::S3Folder;
use super::script::Script;
use super::unimplemented::Unimplemented;
use crate::local::faults::fault::Fault;
use crate::local::faults::rule::FaultRule;
use crate::local::guardrails::guardrail::Guardrails;
use crate::local::json::strict::StrictObject;

#[derive(Debug, Clone, Default)]
pub(crate) struct Scenario {
    /// Decides which requests a fault with a `rate` hits.
    pub seed: u64,
    /// Time to a model's first token.
    pub first_token: Duration,
    /// Time from token to token; `None` gives all of them at once.
    pub interval: Option<Duration>,
    pub script: Script,
    /// Whether the program's callable is asked for a reply before the script.
    pub callable: bool,
    pub guardrails: Guardrails,
    /// The caller's own model identifiers, and the model that each stands for.
    pub models: BTreeMap<String, String>,
    pub limits: Vec<RateLimit>,
    pub faults: Vec<FaultRule>,
    pub async_invoke: AsyncInvokeSettings,
    /// Stands for all of S3.
    pub s3_folder: Option<S3Folder>,
    pub control_plane: ControlPlaneSettings,
    pub unimplemented: Unimplemented,
    pub knowledge_bases: KnowledgeBases,
    pub agents: Agents,
    /// The folders that the owner gave as `async_invoke.output_folder` and as `s3_folder`. Over HTTP
    /// only folders inside them can be chosen.
    pub owners_folder: Option<S3Folder>,
    pub owners_s3_folder: Option<S3Folder>,
}

impl Scenario {
    /// A copy with the settings that `json` names; the others stay as they are. The error is a
    /// sentence for the caller.
    pub(crate) fn updated(&self, requester: Requester, json: &Value) -> Result<Scenario, String> {
        let mut new = self.clone();
        let mut object = StrictObject::new("scenario", json)?;
        if let Some(seed) = object.count("seed")? {
            new.seed = seed;
        }
        if let Some(wait) = object.seconds("first_token_seconds")? {
            new.first_token = wait;
        }
        if object.has("tokens_per_second") {
            new.interval = object.interval("tokens_per_second")?;
        }
        if object.has("replies") {
            let replies = object.take("replies");
            new.script = replies.as_ref().map_or_else(|| Ok(Script::default()), Script::parse)?;
        }
        if object.has("guardrails") {
            let given = object.take("guardrails");
            new.guardrails =
                given.as_ref().map_or_else(|| Ok(Guardrails::default()), Guardrails::parse)?;
        }
        if object.has("models") {
            new.models = models(object.take("models"))?;
        }
        if let Some(limits) = object.list("limits")? {
            new.limits = limits.iter().map(RateLimit::parse).collect::<Result<_, _>>()?;
        }
        if let Some(faults) = object.list("faults")? {
            new.faults.clear();
            for fault in &faults {
                new.add_fault(fault)?;
            }
        }
        if let Some(settings) = object.take("async_invoke") {
            new.async_invoke = self.async_invoke(requester, &settings)?;
            if requester == Requester::Owner {
                new.owners_folder = new.async_invoke.output_folder.clone();
            }
        }
        if object.has("knowledge_bases") {
            let given = object.take("knowledge_bases").unwrap_or_else(|| Value::Object(Map::new()));
            new.knowledge_bases = self.knowledge_bases.updated(requester, &given)?;
        }
        if object.has("agents") {
            let given = object.take("agents");
            new.agents = given.as_ref().map_or_else(|| Ok(Agents::default()), Agents::parse)?;
        }
        if object.has("s3_folder") {
            let path = object.text("s3_folder")?;
            new.s3_folder = folder(requester, &self.owners_s3_folder, "s3_folder", path)?;
            if requester == Requester::Owner {
                new.owners_s3_folder = new.s3_folder.clone();
            }
        }
        if let Some(settings) = object.take("control_plane") {
            new.control_plane = ControlPlaneSettings::parse(&settings)?;
        }
        if object.has("unimplemented") {
            let answer = object.read("unimplemented", Unimplemented::WORDS, |value| {
                Unimplemented::named(value.as_str()?)
            });
            new.unimplemented = answer?.unwrap_or_default();
        }
        object.finish()?;
        Ok(new)
    }

    /// The default settings. A reset over HTTP keeps the folders that the owner gave.
    pub(crate) fn reset(&self, requester: Requester) -> Scenario {
        match requester {
            Requester::Owner => Scenario::default(),
            Requester::Network => Scenario {
                owners_folder: self.owners_folder.clone(),
                owners_s3_folder: self.owners_s3_folder.clone(),
                knowledge_bases: self.knowledge_bases.reset(requester),
                ..Scenario::default()
            },
        }
    }

    fn async_invoke(
        &self,
        requester: Requester,
        json: &Value,
    ) -> Result<AsyncInvokeSettings, String> {
        let defaults = AsyncInvokeSettings::default();
        let mut object = StrictObject::new("async_invoke", json)?;
        let duration = object.seconds("seconds")?.unwrap_or(defaults.duration);
        let output_folder = object.text("output_folder")?;
        let failure = object.text("failure")?;
        object.finish()?;
        let name = "async_invoke: output_folder";
        let output_folder = folder(requester, &self.owners_folder, name, output_folder)?;
        Ok(AsyncInvokeSettings { duration, output_folder, failure })
    }

    pub(crate) fn add_fault(&mut self, json: &Value) -> Result<(), String> {
        self.faults.push(FaultRule::parse(json, self.faults.len() as u64)?);
        Ok(())
    }

    /// The faults that hit a request.
    pub(crate) fn faults_for(&self, operation: &str, model: &str) -> Vec<Fault> {
        let hit = |rule: &FaultRule| rule.hit(self.seed, operation, model).cloned();
        self.faults.iter().filter_map(hit).collect()
    }

    /// The model that an identifier stands for.
    pub(crate) fn model<'a>(&'a self, identifier: &'a str) -> &'a str {
        self.models.get(identifier).map_or(identifier, String::as_str)
    }
}

/// The folder that a requester may choose.
fn folder(
    requester: Requester,
    owners: &Option<S3Folder>,
    name: &str,
    path: Option<String>,
) -> Result<Option<S3Folder>, String> {
    let Some(path) = path else { return Ok(None) };
    match (requester, owners) {
        (Requester::Owner, _) => S3Folder::of_owner(name, &path).map(Some),
        (Requester::Network, Some(own)) => own.inside(name, &path).map(Some),
        (Requester::Network, None) => {
            Err(format!("{name} can be set over HTTP only where the server was started with one"))
        }
    }
}

fn models(json: Option<Value>) -> Result<BTreeMap<String, String>, String> {
    let Some(json) = json else { return Ok(BTreeMap::new()) };
    let mut object = StrictObject::new("models", &json)?;
    let mut models = BTreeMap::new();
    for name in object.names() {
        if let Some(model) = object.text(&name)? {
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
    fn settings_are_changed_one_by_one() {
        let first = Scenario::default()
            .updated(
                Requester::Owner,
                &json!({"tokens_per_second": 50, "faults": [{"fault": "broken_body"}]}),
            )
            .unwrap();
        assert_eq!(first.interval, Some(Duration::from_millis(20)));
        let second = first
            .updated(Requester::Owner, &json!({"seed": 3, "tokens_per_second": null}))
            .unwrap();
        assert_eq!((second.seed, second.interval, second.faults.len()), (3, None, 1));
        assert_eq!(second.faults_for("Converse", "m").len(), 1);
        assert!(
            second
                .updated(Requester::Owner, &json!({"faults": []}))
                .unwrap()
                .faults_for("Converse", "m")
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
            (json!({"unimplemented": "echoes"}), "must be \"error\" or \"echo\", not \"echoes\""),
        ] {
            let error = Scenario::default().updated(Requester::Owner, &json).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
