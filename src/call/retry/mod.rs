//! Whether and when a call is attempted again, by botocore's rules: decisions without I/O.
//!
//! The caller has the loop that sends and sleeps. Before each attempt it asks [`Retries::permit`].
//! After each attempt it passes the outcome to [`Attempts::after`] and does what that returns.

mod adaptive;
mod attempts;
mod backoff;
mod headers;
mod legacy;
mod quota;
#[cfg(test)]
pub(crate) mod reference;
mod standard;

use std::time::{Duration, Instant};

pub use attempts::{Attempts, Outcome, Verdict, new_invocation_id};

use crate::config::retry_mode::RetryMode;
use crate::model::Operation;
use adaptive::RateLimiter;
use quota::Quota;

/// One client's retry rules and the state that its calls share.
#[derive(Debug)]
pub struct Retries {
    mode: RetryMode,
    retry_read_timeout: bool,
    quota: Quota,
    limiter: Option<RateLimiter>,
    created: Instant,
}

/// Why an attempt is worth a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RetryReason {
    Transient,
    Throttling,
}

impl Retries {
    /// `retry_read_timeout`: whether requests are sent again that the model may have run for.
    pub fn new(mode: RetryMode, retry_read_timeout: bool) -> Self {
        Retries {
            mode,
            retry_read_timeout,
            quota: Quota::new(),
            limiter: (mode == RetryMode::Adaptive).then(RateLimiter::default),
            created: Instant::now(),
        }
    }

    /// The first attempt of a call. `max_attempts` counts it, too. `read_timeout` tells the service
    /// when an attempt is of no more use.
    pub fn start(
        &self,
        operation: &'static Operation,
        max_attempts: u32,
        read_timeout: Option<Duration>,
    ) -> Attempts<'_> {
        Attempts::new(self, operation, max_attempts, read_timeout)
    }

    /// Zero if an attempt may be sent now, otherwise how long to wait before asking again. Only
    /// adaptive mode makes calls wait, and only after the service has throttled it.
    pub fn permit(&self, now: Instant) -> Duration {
        match &self.limiter {
            None => Duration::ZERO,
            Some(limiter) => limiter.acquire(self.seconds(now)),
        }
    }

    /// Adjusts the rate limit to an outcome.
    fn adjust_rate(&self, reason: Option<RetryReason>, now: Instant) {
        if let Some(limiter) = &self.limiter {
            limiter.answered(reason == Some(RetryReason::Throttling), self.seconds(now));
        }
    }

    fn seconds(&self, now: Instant) -> f64 {
        now.saturating_duration_since(self.created).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_adaptive_mode_waits_before_sending() {
        let throttled =
            Outcome::Response { status: 429, headers: &http::HeaderMap::new(), body: b"" };
        for (mode, waits) in [(RetryMode::Standard, false), (RetryMode::Adaptive, true)] {
            let retries = Retries::new(mode, false);
            let now = retries.created + Duration::from_millis(100);
            assert_eq!(retries.permit(now), Duration::ZERO);
            let mut attempts = retries.start(reference::operation("Converse"), 1, None);
            assert_eq!(attempts.after(throttled, now), Verdict::Stop);
            assert_eq!(retries.permit(now) > Duration::ZERO, waits);
        }
    }
}
