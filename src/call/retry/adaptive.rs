//! The rate limit of adaptive mode. Throttling cuts the rate, which then grows back along a cubic
//! curve: slowly near the rate at which throttling began, faster beyond it.
//!
//! Times are seconds since the client was made. Rates are requests per second.

use std::time::Duration;

use arc_swap::ArcSwap;

/// At least one permit every two seconds, however much the service throttles.
const MIN_RATE: f64 = 0.5;
/// The limit may be at most this many times the measured rate.
const MAX_RATE_ADJUST_SCALE: f64 = 2.0;

/// Each change stores a new copy of the whole state. A mutex would not do: a fork could leave it
/// locked in the child forever.
#[derive(Debug, Default)]
pub(super) struct RateLimiter(ArcSwap<State>);

#[derive(Debug, Default, Clone, Copy)]
struct State {
    /// True after the first throttling.
    enabled: bool,
    measured: MeasuredRate,
    curve: Cubic,
    bucket: TokenBucket,
}

impl RateLimiter {
    /// Takes a permit to send one request and returns zero. If there is no permit, returns how long
    /// to wait before the next call of this method.
    pub(super) fn acquire(&self, now: f64) -> Duration {
        if !self.0.load().enabled {
            return Duration::ZERO;
        }
        self.update(|state| state.bucket.acquire(now))
    }

    /// Adjusts the limit to the outcome of an attempt.
    pub(super) fn adjust(&self, throttled: bool, now: f64) {
        self.update(|state| state.adjust(throttled, now));
    }

    fn update<T: Default>(&self, change: impl Fn(&mut State) -> T) -> T {
        let mut outcome = T::default();
        self.0.rcu(|current| {
            let mut state = **current;
            outcome = change(&mut state);
            state
        });
        outcome
    }
}

impl State {
    fn adjust(&mut self, throttled: bool, now: f64) {
        let measured = self.measured.record(now);
        let rate = if throttled {
            let limit = if self.enabled { self.bucket.fill_rate } else { f64::INFINITY };
            self.enabled = true;
            self.curve.throttled(measured.min(limit), now)
        } else {
            self.curve.rate(now)
        };
        self.bucket.set_rate(rate.min(MAX_RATE_ADJUST_SCALE * measured), now);
    }
}

/// The smoothed rate of attempts, measured over intervals of half a second.
#[derive(Debug, Default, Clone, Copy)]
struct MeasuredRate {
    rate: f64,
    interval_start: f64,
    count: f64,
}

impl MeasuredRate {
    const INTERVALS_PER_SECOND: f64 = 2.0;
    const SMOOTHING: f64 = 0.8;

    fn record(&mut self, now: f64) -> f64 {
        let interval_start =
            (now * Self::INTERVALS_PER_SECOND).floor() / Self::INTERVALS_PER_SECOND;
        self.count += 1.0;
        if interval_start > self.interval_start {
            let current = self.count / (interval_start - self.interval_start);
            self.rate = current * Self::SMOOTHING + self.rate * (1.0 - Self::SMOOTHING);
            self.count = 0.0;
            self.interval_start = interval_start;
        }
        self.rate
    }
}

/// CUBIC, as in TCP's congestion control.
#[derive(Debug, Default, Clone, Copy)]
struct Cubic {
    /// The rate at the last throttling.
    max_rate: f64,
    throttled_at: f64,
    /// Seconds from the throttling until the curve has returned to `max_rate`.
    plateau: f64,
}

impl Cubic {
    const SCALE: f64 = 0.4;
    const BETA: f64 = 0.7;

    fn throttled(&mut self, rate: f64, now: f64) -> f64 {
        self.max_rate = rate;
        self.throttled_at = now;
        self.plateau = (rate * (1.0 - Self::BETA) / Self::SCALE).cbrt();
        rate * Self::BETA
    }

    fn rate(&self, now: f64) -> f64 {
        Self::SCALE * (now - self.throttled_at - self.plateau).powi(3) + self.max_rate
    }
}

#[derive(Debug, Clone, Copy)]
struct TokenBucket {
    tokens: f64,
    fill_rate: f64,
    capacity: f64,
    filled_at: f64,
}

impl Default for TokenBucket {
    fn default() -> Self {
        TokenBucket { tokens: 0.0, fill_rate: 1.0, capacity: 1.0, filled_at: 0.0 }
    }
}

impl TokenBucket {
    fn acquire(&mut self, now: f64) -> Duration {
        self.refill(now);
        let missing = 1.0 - self.tokens;
        if missing <= 0.0 {
            self.tokens -= 1.0;
            return Duration::ZERO;
        }
        // At least what a clock can measure: after a shorter wait there would still be no permit.
        let wait = Duration::try_from_secs_f64(missing / self.fill_rate).unwrap_or_default();
        wait.max(Duration::from_micros(1))
    }

    fn set_rate(&mut self, rate: f64, now: f64) {
        self.refill(now);
        self.fill_rate = rate.max(MIN_RATE);
        self.capacity = rate.max(1.0);
        self.tokens = self.tokens.min(self.capacity);
    }

    fn refill(&mut self, now: f64) {
        // Threads may arrive here in a different order from that in which they read the clock.
        let elapsed = (now - self.filled_at).max(0.0);
        self.tokens = self.capacity.min(self.tokens + elapsed * self.fill_rate);
        self.filled_at = self.filled_at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::retry::reference;

    #[test]
    fn the_limit_follows_throttling_as_botocores_does() {
        let limiter = RateLimiter::default();
        let close = |actual: f64, expected: f64| (actual - expected).abs() < 1e-4;
        let mut waits = 0;
        for row in reference::section("rate_limit").as_array().unwrap() {
            let number = |column: usize| row[column].as_f64().unwrap();
            let mut now = number(0);
            for calls in 0.. {
                assert!(calls < 50, "no permit after 50 waits: {row}");
                let wait = limiter.acquire(now).as_secs_f64();
                if wait == 0.0 {
                    break;
                }
                waits += 1;
                now += wait;
            }
            assert!(close(now, number(1)), "permit at {now}: {row}");
            limiter.adjust(row[3] == true, number(2));
            let TokenBucket { fill_rate, tokens, .. } = limiter.0.load().bucket;
            assert!(close(fill_rate, number(4)), "rate {fill_rate}: {row}");
            assert!(close(tokens, number(5)), "{tokens} tokens: {row}");
        }
        assert!(waits > 20, "only {waits} waits");
    }

    #[test]
    fn no_call_waits_before_the_first_throttling() {
        let limiter = RateLimiter::default();
        for attempt in 0..1000 {
            let now = f64::from(attempt) / 1e6;
            assert_eq!(limiter.acquire(now), Duration::ZERO);
            limiter.adjust(false, now);
        }
        limiter.adjust(true, 0.002);
        assert!(limiter.acquire(0.002) > Duration::ZERO);
    }

    #[test]
    fn concurrent_attempts_are_all_counted() {
        let limiter = RateLimiter::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| limiter.adjust(false, 0.1)));
            }
        });
        assert_eq!(limiter.0.load().measured.count, 4000.0);
    }

    #[test]
    fn a_clock_read_too_early_takes_no_tokens() {
        let mut bucket = TokenBucket::default();
        bucket.refill(1.0);
        bucket.refill(0.5);
        assert_eq!(bucket.acquire(0.75), Duration::ZERO);
        assert_eq!(bucket.acquire(1.0), Duration::from_secs(1));
    }
}
