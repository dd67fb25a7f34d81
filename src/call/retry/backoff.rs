//! How long to wait before a retry. `random` is a new random number for each delay, uniform in
//! [0, 1).

use std::time::Duration;

use http::HeaderMap;

use crate::call::retry::reason::RetryReason;
use crate::environment::python_int::PythonInt;

/// In seconds. The first delay of standard mode is shorter than this.
const BASE: f64 = 0.05;
const THROTTLING_BASE: f64 = 1.0;
const MAX_BACKOFF: f64 = 20.0;
/// The service may lengthen a delay by at most this many seconds.
const RETRY_AFTER_MAX_ADDITIONAL: f64 = 5.0;
/// A century. The delays of legacy mode double without a limit, and adding too long a duration to
/// an `Instant` panics.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The delay after attempt number `attempt` (1 is the first) in standard and adaptive mode.
/// `retry_after` is the delay in seconds that the service has requested.
pub(super) fn standard(
    attempt: u32,
    reason: RetryReason,
    retry_after: Option<f64>,
    random: f64,
) -> Duration {
    let base = match reason {
        RetryReason::Transient => BASE,
        RetryReason::Throttling => THROTTLING_BASE,
    };
    let delay = random * (base * doublings(attempt)).min(MAX_BACKOFF);
    seconds(match retry_after {
        Some(requested) => delay.max(requested.min(delay + RETRY_AFTER_MAX_ADDITIONAL)),
        None => delay,
    })
}

/// The delay after attempt number `attempt` in legacy mode. botocore does not limit it.
pub(super) fn legacy(attempt: u32, random: f64) -> Duration {
    seconds(random * doublings(attempt))
}

/// The delay in seconds that `x-amz-retry-after` asks for. The header holds milliseconds in any form
/// that Python's `int` reads.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<f64> {
    let mut values = headers.get_all("x-amz-retry-after").iter();
    let text = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let milliseconds = PythonInt::parse(text)?.float();
    let usable = milliseconds.is_finite() && milliseconds >= 0.0;
    usable.then_some(milliseconds / 1000.0)
}

fn doublings(attempt: u32) -> f64 {
    2_f64.powf(f64::from(attempt.saturating_sub(1)))
}

fn seconds(amount: f64) -> Duration {
    Duration::try_from_secs_f64(amount).map_or(LONGEST, |delay| delay.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::retry::reference;

    /// Compares the delay for each row with botocore's, to two nanoseconds.
    fn assert_delays(section: &str, delay: impl Fn(&serde_json::Value) -> Duration) {
        let rows = reference::section(section);
        assert!(!rows.as_array().unwrap().is_empty());
        for row in rows.as_array().unwrap() {
            let difference = delay(row).as_secs_f64() - row["delay"].as_f64().unwrap();
            assert!(difference.abs() < 2e-9, "{row}: {difference}");
        }
    }

    fn attempt(row: &serde_json::Value) -> u32 {
        row["attempt"].as_u64().unwrap().try_into().unwrap()
    }

    #[test]
    fn standard_delays_match_botocores() {
        assert_delays("standard_delays", |row| {
            let mut headers = HeaderMap::new();
            if row["retry_after"].is_string() {
                let value = reference::latin_1(&row["retry_after"]).try_into().unwrap();
                headers.insert("x-amz-retry-after", value);
            }
            let reason = if row["throttling"] == true {
                RetryReason::Throttling
            } else {
                RetryReason::Transient
            };
            let random = row["random"].as_f64().unwrap();
            standard(attempt(row), reason, retry_after(&headers), random)
        });
    }

    #[test]
    fn legacy_delays_match_botocores() {
        assert_delays("legacy_delays", |row| legacy(attempt(row), row["random"].as_f64().unwrap()));
    }

    #[test]
    fn two_retry_after_headers_are_none() {
        let mut headers = HeaderMap::new();
        headers.append("x-amz-retry-after", http::HeaderValue::from_static("100"));
        headers.append("x-amz-retry-after", http::HeaderValue::from_static("100"));
        assert_eq!(retry_after(&headers), None);
    }

    #[test]
    fn delays_spread_evenly_below_their_bound() {
        let mut rng = fastrand::Rng::with_seed(20_26);
        let mut spread = |bound: f64, delay: &dyn Fn(f64) -> Duration| {
            let delays: Vec<f64> = (0..4000).map(|_| delay(rng.f64()).as_secs_f64()).collect();
            let mean = delays.iter().sum::<f64>() / 4000.0;
            let max = delays.iter().copied().fold(0.0, f64::max);
            assert!((mean / bound - 0.5).abs() < 0.02, "mean {mean} of {bound}");
            assert!(max < bound && max > 0.99 * bound, "max {max} of {bound}");
        };
        for (attempt, bound) in [(1, 0.05), (2, 0.1), (3, 0.2), (9, 12.8), (10, 20.0), (99, 20.0)] {
            spread(bound, &|random| standard(attempt, RetryReason::Transient, None, random));
        }
        for (attempt, bound) in [(1, 1.0), (2, 2.0), (5, 16.0), (6, 20.0)] {
            spread(bound, &|random| standard(attempt, RetryReason::Throttling, None, random));
        }
        for (attempt, bound) in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (8, 128.0)] {
            spread(bound, &|random| legacy(attempt, random));
        }
    }

    #[test]
    fn the_longest_delays_do_not_overflow() {
        for attempt in [40, 70, 2000, u32::MAX] {
            assert_eq!(legacy(attempt, 0.9), LONGEST);
        }
        assert_eq!(standard(u32::MAX, RetryReason::Throttling, None, 0.5), Duration::from_secs(10));
    }
}
