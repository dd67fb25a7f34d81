//! The retry quota: a budget of retries that all calls of a client share. It keeps an outage from
//! causing a flood of retries.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::call::retry::reason::RetryReason;

const CAPACITY: u32 = 500;
const COST: u32 = 14;
const THROTTLING_COST: u32 = 5;
/// What a success without a retry gives back.
const INCREMENT: u32 = 1;

#[derive(Debug)]
pub(super) struct Quota(AtomicU32);

impl Quota {
    pub(super) fn new() -> Self {
        Quota(AtomicU32::new(CAPACITY))
    }

    /// Pays for one retry and returns its price; `None` if the quota is used up.
    pub(super) fn acquire(&self, reason: RetryReason) -> Option<u32> {
        let cost = match reason {
            RetryReason::Transient => COST,
            RetryReason::Throttling => THROTTLING_COST,
        };
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |available| {
                available.checked_sub(cost)
            })
            .ok()
            .map(|_| cost)
    }

    /// After a success, gives back the price of the last retry of the call, or [`INCREMENT`] if it
    /// had none. In the common case, a full quota, this costs one load.
    pub(super) fn release(&self, price: Option<u32>) {
        if self.0.load(Ordering::Relaxed) == CAPACITY {
            return;
        }
        let price = price.unwrap_or(INCREMENT);
        let _always_succeeds =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |available| {
                Some(CAPACITY.min(available + price))
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn available(quota: &Quota) -> u32 {
        quota.0.load(Ordering::Relaxed)
    }

    #[test]
    fn retries_are_refused_once_the_quota_is_used_up() {
        let quota = Quota::new();
        for _ in 0..35 {
            assert_eq!(quota.acquire(RetryReason::Transient), Some(14));
        }
        assert_eq!(available(&quota), 10);
        assert_eq!(quota.acquire(RetryReason::Transient), None);
        assert_eq!(quota.acquire(RetryReason::Throttling), Some(5));
        assert_eq!(quota.acquire(RetryReason::Throttling), Some(5));
        assert_eq!(quota.acquire(RetryReason::Throttling), None);
        assert_eq!(available(&quota), 0);
    }

    #[test]
    fn successes_never_give_back_more_than_the_capacity() {
        let quota = Quota::new();
        quota.release(Some(14));
        assert_eq!(available(&quota), 500);
        quota.acquire(RetryReason::Throttling);
        quota.release(None);
        assert_eq!(available(&quota), 496);
        quota.release(Some(14));
        assert_eq!(available(&quota), 500);
    }

    #[test]
    fn concurrent_retries_lose_no_capacity() {
        let quota = Quota::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        if let Some(price) = quota.acquire(RetryReason::Transient) {
                            quota.release(Some(price));
                        }
                    }
                });
            }
        });
        assert_eq!(available(&quota), 500);
    }
}
