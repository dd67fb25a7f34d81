//! Which requests a fault hits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use super::fault::Fault;
use crate::local::json::strict::StrictObject;
use crate::model::{Service, service_names};

/// A fault, and the requests that it hits.
#[derive(Debug, Clone)]
pub(crate) struct FaultRule {
    operation: Option<&'static str>,
    /// A part of the model's id.
    model: Option<String>,
    selection: Selection,
    /// The largest number of requests that it hits.
    times: u64,
    fault: Fault,
    /// Differs from rule to rule, so that rules of the same rate do not hit the same requests.
    salt: u64,
    /// How many requests had the right operation and model. Shared by all copies of a scenario.
    matched: Arc<AtomicU64>,
    /// How many of them were selected. Shared by all copies of a scenario.
    selected: Arc<AtomicU64>,
}

/// Which of the matching requests are hit.
#[derive(Debug, Clone, PartialEq)]
enum Selection {
    All,
    Rate(f64),
    /// The requests with these numbers, from 1.
    Numbers(Vec<u64>),
    Every(u64),
}

impl FaultRule {
    /// Reads a rule. The error is a sentence for the caller.
    pub(crate) fn parse(json: &Value, salt: u64) -> Result<Self, String> {
        let mut object = StrictObject::new("fault", json)?;
        let operation =
            object.read("operation", "the name of an operation, such as Converse", |value| {
                let name = value.as_str()?;
                // The models of the other services are loaded only if they are asked.
                let services = ["bedrock-runtime"].into_iter().chain(service_names());
                services
                    .filter_map(|service| Service::find(service).ok())
                    .find_map(|service| service.operation(name).map(|operation| operation.name))
            })?;
        let model = object.text("model")?;
        let times = object.count("times")?.unwrap_or(u64::MAX);
        let mut selections = Vec::new();
        if let Some(rate) = object.read("rate", "a number from 0 to 1", |value| {
            value.as_f64().filter(|rate| (0.0..=1.0).contains(rate))
        })? {
            selections.push(Selection::Rate(rate));
        }
        if let Some(numbers) = object.read("calls", "a list of call numbers, from 1", |value| {
            value.as_array()?.iter().map(|call| call.as_u64().filter(|call| *call > 0)).collect()
        })? {
            selections.push(Selection::Numbers(numbers));
        }
        if let Some(every) = object.read("every", "a whole number above 0", |value| {
            value.as_u64().filter(|every| *every > 0)
        })? {
            selections.push(Selection::Every(every));
        }
        if selections.len() > 1 {
            return Err("fault: only one of calls, rate and every".to_owned());
        }
        let kind = object.text("fault")?;
        let kind = object.required("fault", kind)?;
        let fault = Fault::parse(&kind, &mut object)?;
        object.finish()?;
        Ok(FaultRule {
            operation,
            model,
            selection: selections.pop().unwrap_or(Selection::All),
            times,
            fault,
            salt,
            matched: Arc::default(),
            selected: Arc::default(),
        })
    }

    /// The fault, if it hits this request. Each matching request is counted, whether hit or not.
    pub(crate) fn hit(&self, seed: u64, operation: &str, model: &str) -> Option<&Fault> {
        let named = self.operation.is_none_or(|wanted| wanted == operation);
        if !named || self.model.as_ref().is_some_and(|part| !model.contains(part)) {
            return None;
        }
        let number = self.matched.fetch_add(1, Ordering::Relaxed) + 1;
        let selected = match &self.selection {
            Selection::All => true,
            Selection::Rate(rate) => {
                let seed =
                    seed ^ self.salt.rotate_left(32) ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                fastrand::Rng::with_seed(seed).f64() < *rate
            }
            Selection::Numbers(numbers) => numbers.contains(&number),
            Selection::Every(every) => number.is_multiple_of(*every),
        };
        let hit = selected && self.selected.fetch_add(1, Ordering::Relaxed) < self.times;
        hit.then_some(&self.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hits(json: Value, seed: u64) -> Vec<u64> {
        let rule = FaultRule::parse(&json, 1).unwrap();
        (1..=20).filter(|_| rule.hit(seed, "Converse", "amazon.nova-lite-v1:0").is_some()).collect()
    }

    fn count(json: Value, seed: u64) -> usize {
        hits(json, seed).len()
    }

    #[test]
    fn requests_are_hit_by_number_rate_and_turn() {
        assert_eq!(hits(json!({"fault": "broken_body", "calls": [2, 5]}), 0), [2, 5]);
        assert_eq!(hits(json!({"fault": "broken_body", "every": 8}), 0), [8, 16]);
        assert_eq!(hits(json!({"fault": "broken_body", "times": 2}), 0), [1, 2]);
        assert_eq!(count(json!({"fault": "broken_body", "rate": 0}), 0), 0);
        assert_eq!(count(json!({"fault": "broken_body", "rate": 1}), 0), 20);
    }

    #[test]
    fn a_rate_is_the_same_for_the_same_seed() {
        let rule = json!({"fault": "broken_body", "rate": 0.4});
        assert_eq!(hits(rule.clone(), 7), hits(rule.clone(), 7));
        let by_seed: std::collections::HashSet<Vec<u64>> =
            (0..8).map(|seed| hits(rule.clone(), seed)).collect();
        assert!(by_seed.len() > 1);
    }

    #[test]
    fn operation_and_model_select() {
        assert_eq!(count(json!({"fault": "broken_body", "operation": "InvokeModel"}), 0), 0);
        assert_eq!(count(json!({"fault": "broken_body", "model": "nova"}), 0), 20);
        assert_eq!(count(json!({"fault": "broken_body", "model": "claude"}), 0), 0);
    }

    #[test]
    fn mistakes_are_named() {
        for (json, words) in [
            (json!({}), "fault: fault is missing"),
            (json!({"fault": "quake"}), "there is none called quake"),
            (json!({"fault": "stall", "rate": 2}), "rate must be a number from 0 to 1, not 2"),
            (json!({"fault": "stall", "secnods": 2}), "no setting called secnods"),
            (json!({"fault": "stall", "rate": 1, "every": 2}), "only one of calls, rate and every"),
            (json!({"fault": "stall", "operation": "converse"}), "the name of an operation"),
            (json!({"fault": "error", "code": "x", "status": 42}), "status must be an HTTP status"),
            (json!({"fault": "content_type", "value": "a\nb"}), "the value of a header"),
            (json!({"fault": "error"}), "error: code is missing"),
            (json!({"fault": "reset", "at": "noon"}), "not noon"),
        ] {
            let error = FaultRule::parse(&json, 0).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
