//! Faults on purpose: which calls they hit, and what they do to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::HeaderValue;
use serde_json::Value;

use super::chat::script;
use super::failure::Failure;
use super::fields::Fields;
use super::router::operation;

/// One thing that goes wrong.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// An error answer.
    Error(Failure),
    SlowFirstByte(Duration),
    /// Time from token to token.
    SlowTokens(Duration),
    /// Silence in mid-answer; `None` lasts until the client gives up.
    Stall {
        after: usize,
        pause: Option<Duration>,
    },
    /// RST.
    Reset(Place),
    /// FIN, while the other direction stays open.
    HalfClose(Place),
    /// The checksum of this frame (from 0) is wrong.
    BadChecksum(usize),
    /// The answer ends, politely, inside this frame.
    TruncatedFrame(usize),
    /// This frame says that it is longer than any frame may be.
    OversizedFrame(usize),
    /// An exception takes the place of this frame and of all that follow.
    ExceptionFrame {
        after: usize,
        failure: Failure,
    },
    ContentType(HeaderValue),
    /// The JSON of the answer is cut in half, its headers know nothing of it.
    BrokenBody,
}

/// Where a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Headers,
    /// After so many bytes of the body; half of it where nobody said.
    Body(Option<usize>),
    /// In the middle of this frame (from 0).
    Frame(usize),
}

/// A fault and the calls that it hits.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    operation: Option<&'static str>,
    /// A part of the model's id.
    model: Option<String>,
    when: When,
    /// How often it strikes at most.
    times: u64,
    fault: Fault,
    /// Tells the rules of a server apart, so that equal rates do not strike together.
    salt: u64,
    /// Calls that matched, and strikes. Shared by all copies of a scenario.
    matched: Arc<AtomicU64>,
    struck: Arc<AtomicU64>,
}

#[derive(Debug, Clone, PartialEq)]
enum When {
    Always,
    Rate(f64),
    /// Numbers of matching calls, from 1.
    Calls(Vec<u64>),
    Every(u64),
}

impl Rule {
    pub(crate) fn parse(json: &Value, salt: u64) -> Result<Self, String> {
        let mut fields = Fields::new("fault", json)?;
        let operation =
            fields.read("operation", "the name of an operation, such as Converse", |value| {
                operation(value.as_str()?).map(|operation| operation.name)
            })?;
        let model = fields.text("model")?;
        let times = fields.count("times")?.unwrap_or(u64::MAX);
        let mut when = Vec::new();
        if let Some(rate) = fields.read("rate", "a number from 0 to 1", |value| {
            value.as_f64().filter(|rate| (0.0..=1.0).contains(rate))
        })? {
            when.push(When::Rate(rate));
        }
        if let Some(calls) = fields.read("calls", "a list of call numbers, from 1", |value| {
            value.as_array()?.iter().map(|call| call.as_u64().filter(|call| *call > 0)).collect()
        })? {
            when.push(When::Calls(calls));
        }
        if let Some(every) = fields.read("every", "a whole number above 0", |value| {
            value.as_u64().filter(|every| *every > 0)
        })? {
            when.push(When::Every(every));
        }
        if when.len() > 1 {
            return Err("fault: only one of calls, rate and every".to_owned());
        }
        let kind = fields.text("fault")?;
        let kind = fields.needed("fault", kind)?;
        let fault = parse_fault(&kind, &mut fields)?;
        fields.end()?;
        Ok(Rule {
            operation,
            model,
            when: when.pop().unwrap_or(When::Always),
            times,
            fault,
            salt,
            matched: Arc::default(),
            struck: Arc::default(),
        })
    }

    /// The fault, if it strikes this call. A call that matches counts whether struck or not.
    pub(crate) fn strike(&self, seed: u64, operation: &str, model: &str) -> Option<&Fault> {
        let named = self.operation.is_none_or(|wanted| wanted == operation);
        if !named || self.model.as_ref().is_some_and(|part| !model.contains(part)) {
            return None;
        }
        let call = self.matched.fetch_add(1, Ordering::Relaxed) + 1;
        let hit = match &self.when {
            When::Always => true,
            When::Rate(rate) => {
                let place =
                    seed ^ self.salt.rotate_left(32) ^ call.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                fastrand::Rng::with_seed(place).f64() < *rate
            }
            When::Calls(calls) => calls.contains(&call),
            When::Every(every) => call.is_multiple_of(*every),
        };
        (hit && self.struck.fetch_add(1, Ordering::Relaxed) < self.times).then_some(&self.fault)
    }
}

fn parse_fault(kind: &str, fields: &mut Fields) -> Result<Fault, String> {
    let count = |fields: &mut Fields, name: &str| -> Result<Option<usize>, String> {
        Ok(fields.count(name)?.and_then(|count| usize::try_from(count).ok()))
    };
    Ok(match kind {
        "error" => {
            let retry_after = fields.count("retry_after_ms")?;
            let raw_body = fields.text("body")?;
            let mut failure = failure(fields)?;
            failure.raw_body = raw_body.map(String::into_boxed_str);
            if let Some(milliseconds) = retry_after {
                failure.headers.push(("x-amz-retry-after".to_owned(), milliseconds.to_string()));
            }
            Fault::Error(failure)
        }
        "slow_first_byte" => {
            let seconds = fields.seconds("seconds")?;
            Fault::SlowFirstByte(fields.needed("seconds", seconds)?)
        }
        "slow_tokens" => {
            let interval = fields.interval("tokens_per_second")?;
            Fault::SlowTokens(fields.needed("tokens_per_second", interval)?)
        }
        "stall" => Fault::Stall {
            after: count(fields, "after")?.unwrap_or(1),
            pause: fields.seconds("seconds")?,
        },
        "reset" => Fault::Reset(place(fields)?),
        "half_close" => Fault::HalfClose(place(fields)?),
        "bad_checksum" => Fault::BadChecksum(count(fields, "frame")?.unwrap_or(1)),
        "truncated_frame" => Fault::TruncatedFrame(count(fields, "frame")?.unwrap_or(1)),
        "oversized_frame" => Fault::OversizedFrame(count(fields, "frame")?.unwrap_or(1)),
        "exception_frame" => {
            let after = count(fields, "after")?.unwrap_or(1);
            Fault::ExceptionFrame { after, failure: failure(fields)? }
        }
        "content_type" => {
            let value = fields
                .read("value", "the value of a header", |value| value.as_str()?.parse().ok())?;
            Fault::ContentType(fields.needed("value", value)?)
        }
        "broken_body" => Fault::BrokenBody,
        _ => return Err(format!("fault: there is none called {kind}")),
    })
}

/// `code`, `message` and `status`, beside the other members of the rule.
fn failure(fields: &mut Fields) -> Result<Failure, String> {
    let error: serde_json::Map<String, Value> = ["code", "message", "status"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), fields.take(name)?)))
        .collect();
    script::failure(&Value::Object(error))
}

fn place(fields: &mut Fields) -> Result<Place, String> {
    let at = fields.text("at")?;
    let after = fields.count("after")?.and_then(|count| usize::try_from(count).ok());
    match at.as_deref() {
        None | Some("headers") => Ok(Place::Headers),
        Some("body") => Ok(Place::Body(after)),
        Some("frame") => Ok(Place::Frame(after.unwrap_or(1))),
        Some(other) => Err(format!("fault: at must be headers, body or frame, not {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn strikes(json: Value, seed: u64) -> Vec<u64> {
        let rule = Rule::parse(&json, 1).unwrap();
        (1..=20)
            .filter(|_| rule.strike(seed, "Converse", "amazon.nova-lite-v1:0").is_some())
            .collect()
    }

    fn count(json: Value, seed: u64) -> usize {
        strikes(json, seed).len()
    }

    #[test]
    fn calls_are_hit_by_number_rate_and_turn() {
        assert_eq!(strikes(json!({"fault": "broken_body", "calls": [2, 5]}), 0), [2, 5]);
        assert_eq!(strikes(json!({"fault": "broken_body", "every": 8}), 0), [8, 16]);
        assert_eq!(strikes(json!({"fault": "broken_body", "times": 2}), 0), [1, 2]);
        assert_eq!(count(json!({"fault": "broken_body", "rate": 0}), 0), 0);
        assert_eq!(count(json!({"fault": "broken_body", "rate": 1}), 0), 20);
    }

    #[test]
    fn a_rate_is_the_same_for_the_same_seed() {
        let rule = json!({"fault": "broken_body", "rate": 0.4});
        assert_eq!(strikes(rule.clone(), 7), strikes(rule.clone(), 7));
        let by_seed: std::collections::HashSet<Vec<u64>> =
            (0..8).map(|seed| strikes(rule.clone(), seed)).collect();
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
            let error = Rule::parse(&json, 0).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
