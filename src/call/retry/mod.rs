//! Whether and when a call is attempted again, by botocore's rules: decisions without I/O.
//!
//! The loop that sends and sleeps is the caller's. Before each attempt it asks
//! [`Retries::permit`], after each it tells [`Attempts::after`] the outcome and does as told.

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
    max_attempts: u32,
    read_timeout: Option<Duration>,
    retry_read_timeout: bool,
    quota: Quota,
    limiter: Option<RateLimiter>,
    created: Instant,
}

/// Why an attempt deserves another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Transient,
    Throttling,
}

impl Retries {
    /// `total_max_attempts` counts the first one. `read_timeout` is the client's, which only
    /// tells the service when an attempt is of no use any more.
    pub fn new(
        mode: RetryMode,
        total_max_attempts: u32,
        read_timeout: Option<Duration>,
        retry_read_timeout: bool,
    ) -> Self {
        Retries {
            mode,
            max_attempts: total_max_attempts,
            read_timeout,
            retry_read_timeout,
            quota: Quota::new(),
            limiter: (mode == RetryMode::Adaptive).then(RateLimiter::default),
            created: Instant::now(),
        }
    }

    /// A call's first attempt.
    pub fn start(&self, operation: &'static Operation) -> Attempts<'_> {
        Attempts::new(self, operation)
    }

    /// How long to wait before an attempt may be sent and `permit` must be asked again; zero
    /// means: send now. Only adaptive mode, and only after it has met throttling, says anything
    /// else.
    pub fn permit(&self, now: Instant) -> Duration {
        match &self.limiter {
            None => Duration::ZERO,
            Some(limiter) => limiter.acquire(self.seconds(now)),
        }
    }

    /// Lets the rate limit see an outcome.
    fn note(&self, cause: Option<Cause>, now: Instant) {
        if let Some(limiter) = &self.limiter {
            limiter.answered(cause == Some(Cause::Throttling), self.seconds(now));
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
            Outcome::Answer { status: 429, headers: &http::HeaderMap::new(), body: b"" };
        for (mode, waits) in [(RetryMode::Standard, false), (RetryMode::Adaptive, true)] {
            let retries = Retries::new(mode, 1, None, false);
            let now = retries.created + Duration::from_millis(100);
            assert_eq!(retries.permit(now), Duration::ZERO);
            let mut attempts = retries.start(reference::operation("Converse"));
            assert_eq!(attempts.after(throttled, now), Verdict::Stop);
            assert_eq!(retries.permit(now) > Duration::ZERO, waits);
        }
    }
}
