//! One call's attempts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderMap;

use crate::call::error_code::{Unreadable, error_code};
use crate::call::retry::failure::Failure;
use crate::call::retry::reason::RetryReason;
use crate::call::retry::retries::Retries;
use crate::call::retry::{backoff, headers, legacy, standard};
use crate::config::retry_mode::RetryMode;
use crate::model::Operation;

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// A response arrived. Its body matters only if it is an error.
    Response { status: u16, headers: &'a HeaderMap, body: &'a [u8] },
    /// No response arrived. If the model may have run, and be billed, the failure is retried only
    /// if the user asked for that.
    Failure(Failure),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Make another attempt after this delay.
    Retry(Duration),
    /// The outcome of this attempt is the outcome of the call.
    Stop,
}

/// The current attempt of a call, and what `ResponseMetadata` reports about the attempts.
#[derive(Debug)]
pub struct Attempts {
    retries: Arc<Retries>,
    operation: &'static Operation,
    max_attempts: u32,
    read_timeout: Option<Duration>,
    rng: fastrand::Rng,
    invocation_id: String,
    number: u32,
    ttl: Option<String>,
    /// What the last retry took from the quota.
    price: Option<u32>,
    max_attempts_reached: bool,
    quota_reached: bool,
}

impl Attempts {
    /// Starts at the first attempt of a call. `max_attempts` includes the first attempt. Requests
    /// tell the service when `read_timeout` ends the wait for their response.
    pub fn new(
        retries: Arc<Retries>,
        operation: &'static Operation,
        max_attempts: u32,
        read_timeout: Option<Duration>,
    ) -> Self {
        let mut rng = fastrand::Rng::new();
        Attempts {
            retries,
            operation,
            max_attempts,
            read_timeout,
            invocation_id: headers::invocation_id(&mut rng),
            rng,
            number: 1,
            ttl: None,
            price: None,
            max_attempts_reached: false,
            quota_reached: false,
        }
    }

    /// The number of the attempt that is made now, from 1 on.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Continues at another attempt than [`Attempts::after`] would: the caller has not followed its
    /// verdicts.
    pub fn continue_at(&mut self, number: u32) {
        self.number = number;
    }

    /// What the last retry took from the quota.
    pub fn price(&self) -> Option<u32> {
        self.price
    }

    /// `RetryAttempts`
    pub fn retry_attempts(&self) -> u32 {
        self.number - 1
    }

    /// `MaxAttemptsReached`, which botocore reports only if it is true. In standard mode it is also
    /// true for a success at the last attempt.
    pub fn max_attempts_reached(&self) -> bool {
        self.max_attempts_reached
    }

    /// `RetryQuotaReached`, which botocore reports only if it is true.
    pub fn quota_reached(&self) -> bool {
        self.quota_reached
    }

    /// Uses the invocation id that the log of this call already has.
    pub fn identify_as(&mut self, invocation_id: String) {
        self.invocation_id = invocation_id;
    }

    /// The header `amz-sdk-invocation-id`.
    pub fn invocation_id(&self) -> &str {
        &self.invocation_id
    }

    /// The operation of the call.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The header `amz-sdk-request` of this attempt.
    pub fn request_header(&self) -> String {
        // As in botocore, the first request of legacy mode does not tell the number of attempts.
        let known = !self.is_legacy() || self.number > 1;
        let max = known.then_some(self.max_attempts);
        headers::sdk_request(self.ttl.as_deref(), self.number, max)
    }

    /// Decides what follows from the outcome of the current attempt. The outcome became known at
    /// `now`. After [`Verdict::Retry`], the next attempt is the current one.
    pub fn after(&mut self, outcome: Outcome<'_>, now: Instant) -> Verdict {
        let Ok(reason) = self.reason(outcome) else { return Verdict::Stop };
        self.retries.adjust_rate(reason, now);
        let exhausted = self.number >= self.max_attempts;
        self.max_attempts_reached = exhausted && (reason.is_some() || !self.is_legacy());
        let Some(reason) = reason.filter(|_| !exhausted) else {
            if matches!(outcome, Outcome::Response { status: 200..300, .. }) {
                self.retries.quota.release(self.price);
            }
            return Verdict::Stop;
        };
        let headers = match outcome {
            Outcome::Response { headers, .. } => Some(headers),
            Outcome::Failure(_) => None,
        };
        let random = self.rng.f64();
        let delay = if self.is_legacy() {
            backoff::legacy(self.number, random)
        } else {
            let Some(price) = self.retries.quota.acquire(reason) else {
                self.quota_reached = true;
                return Verdict::Stop;
            };
            self.price = Some(price);
            let retry_after = headers.and_then(backoff::retry_after);
            backoff::standard(self.number, reason, retry_after, random)
        };
        let ttl = headers.and_then(|headers| headers::ttl(headers, self.read_timeout));
        self.ttl = ttl.or(self.ttl.take());
        self.number += 1;
        Verdict::Retry(delay)
    }

    /// Why the outcome is worth a retry by the rules of the mode.
    fn reason(&self, outcome: Outcome<'_>) -> Result<Option<RetryReason>, Unreadable> {
        Ok(match outcome {
            Outcome::Response { status: ..=300, .. } => None,
            Outcome::Response { status, headers, body } => {
                let code = error_code(self.operation.protocol, status, headers, body)?;
                if self.is_legacy() {
                    legacy::reason(status, code.as_deref())
                } else {
                    standard::reason(self.operation, status, code.as_deref())
                }
            }
            Outcome::Failure(failure)
                if failure.may_have_run && !self.retries.retry_read_timeout =>
            {
                None
            }
            Outcome::Failure(failure) if self.is_legacy() => legacy::reason_of_failure(failure),
            Outcome::Failure(failure) => standard::reason_of_failure(failure),
        })
    }

    /// Whether the rules are those of legacy mode.
    pub fn is_legacy(&self) -> bool {
        self.retries.mode == RetryMode::Legacy
    }
}

/// A new id for a call.
pub fn new_invocation_id() -> String {
    headers::invocation_id(&mut fastrand::Rng::new())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use serde_json::Value;

    use super::*;
    use crate::call::retry::reference;
    use crate::error::{Error, Kind};

    fn retries(mode: RetryMode) -> Arc<Retries> {
        Arc::new(Retries::new(mode, true))
    }

    fn converse(retries: &Arc<Retries>, max_attempts: u32) -> Attempts {
        let read_timeout = Some(Duration::from_secs(45));
        Attempts::new(retries.clone(), reference::operation("Converse"), max_attempts, read_timeout)
    }

    fn response(status: u16, headers: &HeaderMap) -> Outcome<'_> {
        Outcome::Response { status, headers, body: b"" }
    }

    /// One of the recorded outcomes, which an [`Outcome`] borrows from.
    enum Recorded {
        Response { status: u16, headers: HeaderMap, body: Vec<u8> },
        Failure(Error),
    }

    impl Recorded {
        fn new(row: &Value) -> Self {
            if let Some(name) = row["failure"].as_str() {
                return Recorded::Failure(reference::failure(name));
            }
            let mut headers = HeaderMap::new();
            for header in row["headers"].as_array().unwrap() {
                let name: HeaderName = header[0].as_str().unwrap().parse().unwrap();
                let value = HeaderValue::from_str(header[1].as_str().unwrap()).unwrap();
                headers.append(name, value);
            }
            let status = row["status"].as_u64().unwrap().try_into().unwrap();
            Recorded::Response { status, headers, body: reference::latin_1(&row["body"]) }
        }

        fn outcome(&self) -> Outcome<'_> {
            match self {
                Recorded::Response { status, headers, body } => {
                    Outcome::Response { status: *status, headers, body }
                }
                Recorded::Failure(error) => Outcome::Failure(error.into()),
            }
        }
    }

    #[test]
    fn whole_calls_match_botocores() {
        let outcomes = reference::section("outcomes");
        let outcomes: Vec<_> = outcomes.as_array().unwrap().iter().map(Recorded::new).collect();
        for client in reference::section("clients").as_array().unwrap() {
            let mode = RetryMode::find(client["mode"].as_str().unwrap()).unwrap();
            let attempts = client["total_max_attempts"].as_u64();
            let attempts = attempts.map_or(mode.default_max_attempts(), |n| n.try_into().unwrap());
            let retries = retries(mode);
            for call in client["calls"].as_array().unwrap() {
                let mut attempts = converse(&retries, attempts);
                let (mut requests, mut delays, mut verdict) = (vec![], vec![], Verdict::Stop);
                for index in call["outcomes"].as_array().unwrap() {
                    requests.push(attempts.request_header());
                    let index = usize::try_from(index.as_u64().unwrap()).unwrap();
                    verdict = attempts.after(outcomes[index].outcome(), Instant::now());
                    match verdict {
                        Verdict::Retry(delay) => delays.push(delay.as_secs_f64()),
                        Verdict::Stop => break,
                    }
                }
                assert_eq!(verdict, Verdict::Stop, "{call}");
                assert_eq!(Value::from(requests), call["requests"]);
                let longest = call["delays"].as_array().unwrap();
                assert_eq!(delays.len(), longest.len(), "{call}");
                for (delay, longest) in delays.iter().zip(longest) {
                    assert!(*delay <= longest.as_f64().unwrap() + 1e-9, "{call}: {delays:?}");
                }
                let metadata = &call["metadata"];
                if metadata.is_object() {
                    let is_true = |name: &str| metadata[name] == true;
                    assert_eq!(metadata["RetryAttempts"], attempts.retry_attempts(), "{call}");
                    assert_eq!(
                        is_true("MaxAttemptsReached"),
                        attempts.max_attempts_reached(),
                        "{call}"
                    );
                    assert_eq!(is_true("RetryQuotaReached"), attempts.quota_reached(), "{call}");
                }
            }
        }
    }

    #[test]
    fn a_request_that_may_have_run_is_sent_again_only_if_the_user_asked_for_it() {
        let now = Instant::now();
        for mode in [RetryMode::Legacy, RetryMode::Standard, RetryMode::Adaptive] {
            let late = Kind::ConnectionClosed {
                endpoint_url: String::new(),
                error: String::new(),
                late: true,
            };
            for (error, may_have_run) in [
                (reference::failure("ReadTimeoutError"), true),
                (Error::new(late), true),
                (reference::failure("ConnectionClosedError"), false),
            ] {
                let careful = Arc::new(Retries::new(mode, false));
                for (retries, retried) in [(careful, !may_have_run), (retries(mode), true)] {
                    let verdict =
                        converse(&retries, 3).after(Outcome::Failure((&error).into()), now);
                    let again = matches!(verdict, Verdict::Retry(_));
                    assert_eq!(again, retried, "{mode:?} {error:?}");
                }
            }
        }
    }

    #[test]
    fn only_adaptive_mode_waits_before_sending() {
        let headers = HeaderMap::new();
        let throttled = Outcome::Response { status: 429, headers: &headers, body: b"" };
        for (mode, waits) in [(RetryMode::Standard, false), (RetryMode::Adaptive, true)] {
            let retries = Arc::new(Retries::new(mode, false));
            let now = Instant::now() + Duration::from_millis(100);
            assert_eq!(retries.rate_limit_delay(now), Duration::ZERO);
            assert_eq!(converse(&retries, 1).after(throttled, now), Verdict::Stop);
            assert_eq!(retries.rate_limit_delay(now) > Duration::ZERO, waits);
        }
    }

    #[test]
    fn failures_that_another_attempt_cannot_fix_end_the_call() {
        let missing = reference::failure("NoCredentialsError");
        let retries = retries(RetryMode::Standard);
        let verdict =
            converse(&retries, 3).after(Outcome::Failure((&missing).into()), Instant::now());
        assert_eq!(verdict, Verdict::Stop);
    }

    #[test]
    fn all_attempts_of_a_call_share_an_invocation_id() {
        let headers = HeaderMap::new();
        let retries = retries(RetryMode::Standard);
        let mut attempts = converse(&retries, 2);
        let id = attempts.invocation_id().to_owned();
        assert!(matches!(
            attempts.after(response(500, &headers), Instant::now()),
            Verdict::Retry(_)
        ));
        assert_eq!((attempts.number(), attempts.invocation_id()), (2, id.as_str()));
        assert_ne!(converse(&retries, 2).invocation_id(), id);
    }
}
