//! Idle connections to one endpoint, last used first.
//!
//! Bounds what is kept, never how many run at once: boto3's meaning of `max_pool_connections`.

use std::collections::VecDeque;
use std::time::Duration;

use super::connection::Connection;
use super::process::PerProcessMutex;

/// Longer than that nobody keeps an idle connection's other end open.
const KEPT_FOR: Duration = Duration::from_secs(90);

pub struct Pool {
    idle: PerProcessMutex<VecDeque<Connection>>,
    max_idle: usize,
}

impl Pool {
    pub fn new(max_idle: usize) -> Self {
        Pool { idle: PerProcessMutex::new(), max_idle }
    }

    /// An idle connection that is still open, if there is one.
    pub async fn take(&self) -> Option<Connection> {
        loop {
            let mut connection = self.idle.with(VecDeque::pop_back)?;
            if connection.revive().await {
                return Some(connection);
            }
        }
    }

    /// Keeps the connection for the next request, or closes it; closes one that a past peak left
    /// behind.
    pub fn put(&self, mut connection: Connection) {
        if !connection.rest() {
            return;
        }
        let mut offered = Some(connection);
        let forgotten = self.idle.with(|idle| {
            if idle.len() < self.max_idle {
                idle.extend(offered.take());
            }
            match idle.front() {
                Some(oldest) if oldest.idle_for() > KEPT_FOR => idle.pop_front(),
                _ => None,
            }
        });
        // Closing takes a while: not under the lock.
        drop((offered, forgotten));
    }

    /// Closes what is idle now.
    pub fn clear(&self) {
        drop(self.idle.with(std::mem::take));
    }
}
