//! Guardrails from the service's own description, the input of CreateGuardrail.

use regex_lite::Regex;
use serde_json::Value;

use super::guardrail::Guardrail;
use super::policies::{Effect, Filter, Pattern, Policies, Topic};
use crate::local::json::members::{JsonExt, texts};

/// The names of the members that concern one side.
struct Side {
    action: &'static str,
    enabled: &'static str,
    strength: &'static str,
}

const INPUT: Side =
    Side { action: "inputAction", enabled: "inputEnabled", strength: "inputStrength" };
const OUTPUT: Side =
    Side { action: "outputAction", enabled: "outputEnabled", strength: "outputStrength" };

impl Guardrail {
    /// `config` satisfies the service model. What this server cannot detect never occurs:
    /// contextual grounding, automated reasoning, and some kinds of personal information.
    pub(crate) fn configured(config: &Value) -> Self {
        let message = |name: &str| config.at(name).as_str().unwrap_or_default().to_owned();
        Guardrail {
            input: policies(config, &INPUT),
            output: policies(config, &OUTPUT),
            blocked_input: message("blockedInputMessaging"),
            blocked_output: message("blockedOutputsMessaging"),
        }
    }
}

fn policies(config: &Value, side: &Side) -> Policies {
    let words = config.at("wordPolicyConfig");
    let personal = config.at("sensitiveInformationPolicyConfig");
    let named = |rule: &Value, name: &str| rule.at(name).as_str().unwrap_or_default().to_owned();
    let mut policies = Policies::default();
    for (rule, effect) in rules(words.at("wordsConfig"), side) {
        policies.words.push((named(rule, "text"), effect));
    }
    for (rule, effect) in rules(words.at("managedWordListsConfig"), side) {
        policies.word_lists.push((named(rule, "type"), effect));
    }
    for (rule, effect) in rules(config.at("topicPolicyConfig").at("topicsConfig"), side) {
        let name = named(rule, "name");
        let mut words = texts(rule.at("examples"));
        words.push(name.clone());
        policies.topics.push(Topic { name, words, effect });
    }
    for (rule, effect) in rules(config.at("contentPolicyConfig").at("filtersConfig"), side) {
        let strength = named(rule, side.strength);
        if strength != "NONE" {
            policies.filters.push(Filter { name: named(rule, "type"), strength, effect });
        }
    }
    for (rule, effect) in rules(personal.at("piiEntitiesConfig"), side) {
        policies.pii.push((named(rule, "type"), effect));
    }
    for (rule, effect) in rules(personal.at("regexesConfig"), side) {
        // An expression that this server cannot read never matches.
        if let Ok(regex) = Regex::new(&named(rule, "pattern")) {
            policies.patterns.push(Pattern { name: named(rule, "name"), regex, effect });
        }
    }
    policies
}

/// The rules that are enabled for a side, and their effects.
fn rules<'a>(list: &'a Value, side: &'a Side) -> impl Iterator<Item = (&'a Value, Effect)> {
    let enabled = |rule: &&Value| rule.at(side.enabled).as_bool().unwrap_or(true);
    list.as_array().into_iter().flatten().filter(enabled).map(|rule| {
        let action = rule.at(side.action).as_str().or_else(|| rule.at("action").as_str());
        let effect = match action {
            Some("NONE") => Effect::Detect,
            Some("ANONYMIZE") => Effect::Mask,
            _ => Effect::Block,
        };
        (rule, effect)
    })
}
