//! What the calls of one client share: its retry rules, the quota, the rate limit.

use std::time::{Duration, Instant};

use crate::call::retry::adaptive::RateLimiter;
use crate::call::retry::quota::Quota;
use crate::call::retry::reason::RetryReason;
use crate::config::retry_mode::RetryMode;

/// The retry rules of a client, and the state that its calls share.
#[derive(Debug)]
pub struct Retries {
    pub(super) mode: RetryMode,
    pub(super) retry_read_timeout: bool,
    pub(super) quota: Quota,
    limiter: Option<RateLimiter>,
    created: Instant,
}

impl Retries {
    /// `retry_read_timeout`: whether a request is sent again if the model may have run.
    pub fn new(mode: RetryMode, retry_read_timeout: bool) -> Self {
        Retries {
            mode,
            retry_read_timeout,
            quota: Quota::new(),
            limiter: (mode == RetryMode::Adaptive).then(RateLimiter::default),
            created: Instant::now(),
        }
    }

    /// Zero if an attempt may be sent now, otherwise how long to wait before asking again. Only
    /// adaptive mode makes calls wait, and only after the service has throttled a request.
    pub fn rate_limit_delay(&self, now: Instant) -> Duration {
        match &self.limiter {
            None => Duration::ZERO,
            Some(limiter) => limiter.acquire(self.seconds(now)),
        }
    }

    /// Adjusts the rate limit to an outcome.
    pub(super) fn adjust_rate(&self, reason: Option<RetryReason>, now: Instant) {
        if let Some(limiter) = &self.limiter {
            limiter.adjust(reason == Some(RetryReason::Throttling), self.seconds(now));
        }
    }

    fn seconds(&self, now: Instant) -> f64 {
        now.saturating_duration_since(self.created).as_secs_f64()
    }
}
