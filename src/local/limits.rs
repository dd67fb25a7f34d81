//! Throttling as the service does it: buckets of requests and of tokens that refill by the minute.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;

use super::failure::Failure;
use super::fields::Fields;

/// The limits of the models whose id has `model` in it.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    model: Option<String>,
    /// Shared by all copies of a scenario.
    requests: Option<Arc<Bucket>>,
    tokens: Option<Arc<Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    /// Of a minute; a full bucket holds as much.
    amount: f64,
    level: Mutex<(f64, Instant)>,
}

impl Bucket {
    fn new(amount: f64) -> Self {
        Bucket { amount, level: Mutex::new((amount, Instant::now())) }
    }

    /// Takes `amount` if the bucket holds at least `needed`.
    fn take(&self, needed: f64, amount: f64, now: Instant) -> bool {
        let mut state = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let (level, since) = *state;
        let gained = now.saturating_duration_since(since).as_secs_f64() / 60.0 * self.amount;
        let level = (level + gained).min(self.amount);
        let enough = level >= needed;
        *state = (if enough { level - amount } else { level }, now);
        enough
    }
}

impl Limit {
    pub(crate) fn parse(json: &Value) -> Result<Self, String> {
        let mut fields = Fields::new("limit", json)?;
        let model = fields.text("model")?;
        let mut bucket = |name| {
            let amount = fields.read(name, "a number, 0 or more", |value| {
                value.as_f64().filter(|amount| *amount >= 0.0)
            })?;
            Ok::<_, String>(amount.map(|amount| Arc::new(Bucket::new(amount))))
        };
        let requests = bucket("requests_per_minute")?;
        let tokens = bucket("tokens_per_minute")?;
        fields.end()?;
        Ok(Limit { model, requests, tokens })
    }

    fn is_for(&self, model: &str) -> bool {
        self.model.as_ref().is_none_or(|part| model.contains(part))
    }
}

/// Admits one request to a model, or throttles it.
pub(crate) fn admit_request(limits: &[Limit], model: &str, now: Instant) -> Result<(), Failure> {
    for limit in limits.iter().filter(|limit| limit.is_for(model)) {
        if limit.requests.as_ref().is_some_and(|bucket| !bucket.take(1.0, 1.0, now)) {
            return Err(throttled("requests"));
        }
    }
    Ok(())
}

/// Charges a model's answer. As at the service, what a request may use at most (`reserved`) has
/// to be there, and what it used is charged.
pub(crate) fn charge_tokens(
    limits: &[Limit],
    model: &str,
    reserved: u32,
    used: u32,
    now: Instant,
) -> Result<(), Failure> {
    let (reserved, used) = (f64::from(reserved.max(used)), f64::from(used));
    for limit in limits.iter().filter(|limit| limit.is_for(model)) {
        if limit.tokens.as_ref().is_some_and(|bucket| !bucket.take(reserved, used, now)) {
            return Err(throttled("tokens"));
        }
    }
    Ok(())
}

fn throttled(what: &str) -> Failure {
    let message = format!("Too many {what}, please wait before trying again.");
    Failure::named("ThrottlingException", Some(message), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn requests_refill_by_the_minute() {
        let limits = [Limit::parse(&json!({"requests_per_minute": 2, "model": "nova"})).unwrap()];
        let now = Instant::now();
        let admitted = |now| admit_request(&limits, "amazon.nova-lite", now).is_ok();
        assert_eq!([admitted(now), admitted(now), admitted(now)], [true, true, false]);
        assert!(admit_request(&limits, "meta.llama", now).is_ok());
        assert!(!admitted(now + Duration::from_secs(29)));
        assert!(admitted(now + Duration::from_secs(31)));
    }

    #[test]
    fn tokens_are_reserved_and_charged() {
        let limits = [Limit::parse(&json!({"tokens_per_minute": 100})).unwrap()];
        let now = Instant::now();
        let charge = |reserved, used| charge_tokens(&limits, "m", reserved, used, now);
        assert!(charge(90, 10).is_ok());
        assert!(charge(90, 10).is_ok());
        let error = charge(90, 10).unwrap_err();
        assert_eq!(error.message, "Too many tokens, please wait before trying again.");
        assert_eq!(error.status, 429);
        assert!(charge(80, 80).is_ok());
    }
}
