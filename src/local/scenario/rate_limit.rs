//! Throttling as the service does it: buckets of requests and of tokens that refill continuously.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;

use crate::local::json::strict::StrictObject;
use crate::local::service_error::ServiceError;

/// The limits of the models whose id contains `model`.
#[derive(Debug, Clone)]
pub(crate) struct RateLimit {
    model: Option<String>,
    /// The buckets are shared by all copies of a scenario.
    requests: Option<Arc<Bucket>>,
    tokens: Option<Arc<Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    /// How much flows in per minute. The bucket holds no more than that.
    amount: f64,
    /// How much the bucket held when it was last used, and that time.
    level: Mutex<(f64, Instant)>,
}

impl Bucket {
    fn new(amount: f64) -> Self {
        Bucket { amount, level: Mutex::new((amount, Instant::now())) }
    }

    /// Takes `amount` if the bucket holds that much, and says whether it did.
    fn take(&self, amount: f64, now: Instant) -> bool {
        let mut state = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let (level, since) = *state;
        let gained = now.saturating_duration_since(since).as_secs_f64() / 60.0 * self.amount;
        let level = (level + gained).min(self.amount);
        let enough = level >= amount;
        *state = (if enough { level - amount } else { level }, now);
        enough
    }

    /// Puts back what was taken but not used; the amount is negative if more was used.
    fn put_back(&self, amount: f64) {
        let mut state = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = (state.0 + amount).min(self.amount);
    }
}

impl RateLimit {
    pub(crate) fn parse(json: &Value) -> Result<Self, String> {
        let mut object = StrictObject::new("limit", json)?;
        let model = object.text("model")?;
        let mut bucket = |name| {
            let amount = object.read(name, "a number, 0 or more", |value| {
                value.as_f64().filter(|amount| *amount >= 0.0)
            })?;
            Ok::<_, String>(amount.map(|amount| Arc::new(Bucket::new(amount))))
        };
        let requests = bucket("requests_per_minute")?;
        let tokens = bucket("tokens_per_minute")?;
        object.finish()?;
        Ok(RateLimit { model, requests, tokens })
    }

    fn is_for(&self, model: &str) -> bool {
        self.model.as_ref().is_none_or(|part| model.contains(part))
    }
}

/// Admits one request to a model, or throttles it.
pub(crate) fn admit_request(
    limits: &[RateLimit],
    model: &str,
    now: Instant,
) -> Result<(), ServiceError> {
    for limit in limits.iter().filter(|limit| limit.is_for(model)) {
        if limit.requests.as_ref().is_some_and(|bucket| !bucket.take(1.0, now)) {
            return Err(throttled("requests"));
        }
    }
    Ok(())
}

/// Reserves the tokens that a request may use at most, before the model runs, or throttles the
/// request.
pub(crate) fn reserve_tokens(
    limits: &[RateLimit],
    model: &str,
    tokens: u32,
    now: Instant,
) -> Result<Reservation, ServiceError> {
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

/// The tokens that a request has reserved. Dropping it puts back those that were not used: all of
/// them if the request failed.
pub(crate) struct Reservation {
    buckets: Vec<Arc<Bucket>>,
    tokens: f64,
}

impl Reservation {
    /// Charges only the tokens that were used.
    pub(crate) fn settle(mut self, used: u32) {
        self.tokens -= f64::from(used);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.buckets.iter().for_each(|bucket| bucket.put_back(self.tokens));
    }
}

fn throttled(what: &str) -> ServiceError {
    let message = format!("Too many {what}, please wait before trying again.");
    ServiceError::named("ThrottlingException", Some(message), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn requests_refill_within_a_minute() {
        let limits =
            [RateLimit::parse(&json!({"requests_per_minute": 2, "model": "nova"})).unwrap()];
        let now = Instant::now();
        let admitted = |now| admit_request(&limits, "amazon.nova-lite", now).is_ok();
        assert_eq!([admitted(now), admitted(now), admitted(now)], [true, true, false]);
        assert!(admit_request(&limits, "meta.llama", now).is_ok());
        assert!(!admitted(now + Duration::from_secs(29)));
        assert!(admitted(now + Duration::from_secs(31)));
    }

    #[test]
    fn tokens_are_reserved_and_what_was_used_is_charged() {
        let parse = |json| RateLimit::parse(&json).unwrap();
        let limits =
            [parse(json!({"tokens_per_minute": 100})), parse(json!({"tokens_per_minute": 95}))];
        let now = Instant::now();
        let reserve = |tokens| reserve_tokens(&limits, "m", tokens, now);
        reserve(90).unwrap().settle(10);
        let held = reserve(80).unwrap();
        let error = reserve(80).err().unwrap();
        assert_eq!(error.message, "Too many tokens, please wait before trying again.");
        assert_eq!(error.status, 429);
        // A request that fails uses no tokens, nor does one that the second bucket refuses.
        drop(held);
        assert!(reserve(86).is_err());
        // Using more than was reserved leaves the bucket in debt.
        reserve(80).unwrap().settle(100);
        assert!(reserve(1).is_err());
    }
}
