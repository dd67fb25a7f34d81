//! What is kept for the next one who needs it.

use super::process::PerProcessMutex;

/// Idle values, last used first. Bounds what is kept, never how many are in use: boto3's meaning
/// of `max_pool_connections`. A forked child starts with none.
pub struct Idle<T> {
    kept: PerProcessMutex<Vec<T>>,
    limit: usize,
}

impl<T> Idle<T> {
    pub fn new(limit: usize) -> Self {
        Idle { kept: PerProcessMutex::new(), limit }
    }

    pub fn take(&self) -> Option<T> {
        self.kept.with(Vec::pop)
    }

    /// Keeps the value, or drops it where there are enough.
    pub fn put(&self, value: T) {
        let refused = self.kept.with(|kept| {
            if kept.len() < self.limit {
                kept.push(value);
                None
            } else {
                Some(value)
            }
        });
        // Closing a socket takes a while: not under the lock.
        drop(refused);
    }

    /// Drops what is idle now.
    pub fn clear(&self) {
        drop(self.kept.with(std::mem::take));
    }
}
