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

    /// Takes `amount` if the bucket holds as much.
    fn take(&self, amount: f64, now: Instant) -> bool {
        let mut state = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let (level, since) = *state;
        let gained = now.saturating_duration_since(since).as_secs_f64() / 60.0 * self.amount;
        let level = (level + gained).min(self.amount);
        let enough = level >= amount;
        *state = (if enough { level - amount } else { level }, now);
        enough
    }

    /// Puts back what was taken and not used; less than nothing where more was used.
    fn put_back(&self, amount: f64) {
        let mut state = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = (state.0 + amount).min(self.amount);
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
        if limit.requests.as_ref().is_some_and(|bucket| !bucket.take(1.0, now)) {
            return Err(throttled("requests"));
        }
    }
    Ok(())
}

/// Takes what a request may use at most out of its model's buckets, before the model is asked, or
/// throttles the request.
pub(crate) fn reserve_tokens(
    limits: &[Limit],
    model: &str,
    tokens: u32,
    now: Instant,
) -> Result<Reservation, Failure> {
    let mut reservation = Reservation { buckets: Vec::new(), tokens: f64::from(tokens) };
    let limits = limits.iter().filter(|limit| limit.is_for(model));
    for bucket in limits.filter_map(|limit| limit.tokens.as_ref()) {
        if !bucket.take(reservation.tokens, now) {
            return Err(throttled("tokens"));
        }
        reservation.buckets.push(Arc::clone(bucket));
    }
    Ok(reservation)
}

/// Tokens that a call has taken. Those that it did not use go back when it is over, all of them
/// where it failed.
pub(crate) struct Reservation {
    buckets: Vec<Arc<Bucket>>,
    tokens: f64,
}

impl Reservation {
    /// Charges what was used, and no more.
    pub(crate) fn settle(mut self, used: u32) {
        self.tokens -= f64::from(used);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.buckets.iter().for_each(|bucket| bucket.put_back(self.tokens));
    }
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
    fn tokens_are_reserved_and_what_was_used_is_charged() {
        let parse = |json| Limit::parse(&json).unwrap();
        let limits =
            [parse(json!({"tokens_per_minute": 100})), parse(json!({"tokens_per_minute": 95}))];
        let now = Instant::now();
        let reserve = |tokens| reserve_tokens(&limits, "m", tokens, now);
        reserve(90).unwrap().settle(10);
        let held = reserve(80).unwrap();
        let error = reserve(80).err().unwrap();
        assert_eq!(error.message, "Too many tokens, please wait before trying again.");
        assert_eq!(error.status, 429);
        // A call that fails uses nothing, nor does one that the second bucket refuses.
        drop(held);
        assert!(reserve(86).is_err());
        // More than was reserved is a debt.
        reserve(80).unwrap().settle(100);
        assert!(reserve(1).is_err());
    }
}
