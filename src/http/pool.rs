//! Idle connections to one endpoint, last used first.
//!
//! Bounds what is kept, never how many run at once: boto3's meaning of `max_pool_connections`.

use std::collections::VecDeque;
use std::time::Duration;

use crate::http::connection::{Connection, MAX_IDLE_TIME};
use crate::log;
use crate::runtime::fork::ForkGuardedMutex;

pub struct Pool {
    idle: ForkGuardedMutex<VecDeque<Connection>>,
    max_idle: usize,
    max_idle_time: Duration,
}

impl Pool {
    pub fn new(max_idle: usize) -> Self {
        Pool { idle: ForkGuardedMutex::new(), max_idle, max_idle_time: MAX_IDLE_TIME }
    }

    /// An idle connection that is still open, if there is one.
    pub async fn take(&self) -> Option<Connection> {
        self.sweep();
        loop {
            let mut connection = self.idle.with(VecDeque::pop_back)?;
            let idle = connection.idle_for();
            if connection.is_usable().await {
                log::connection_reused(idle);
                return Some(connection);
            }
            log::connection_closed("it was no longer usable after its idle time");
        }
    }

    /// Keeps the connection for the next request, or closes it.
    pub fn put(&self, mut connection: Connection) {
        if !connection.rest() {
            log::connection_closed("it cannot carry another request");
            return;
        }
        let mut offered = Some(connection);
        self.idle.with(|idle| {
            if idle.len() < self.max_idle {
                idle.extend(offered.take());
            }
        });
        match &offered {
            None => log::connection_kept(),
            Some(_) => log::connection_closed("enough idle connections are kept"),
        }
        // Closing takes a while: not under the lock.
        drop(offered);
    }

    /// Closes what was idle for so long that it is not used again.
    pub fn sweep(&self) {
        let stale: Vec<Connection> = self.idle.with(|idle| {
            let is_fresh = |connection: &Connection| connection.idle_for() <= self.max_idle_time;
            let end = idle.iter().position(is_fresh).unwrap_or(idle.len());
            idle.drain(..end).collect()
        });
        log::idle_connections_closed(stale.len());
        drop(stale);
    }

    /// Closes what is idle now.
    pub fn clear(&self) {
        let idle = self.idle.with(std::mem::take);
        log::idle_connections_closed(idle.len());
        drop(idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::connection::Opened;

    async fn connection() -> (Connection, tokio::io::DuplexStream) {
        let (near, far) = tokio::io::duplex(64);
        let opened = Opened { direct: None, round_trip: Duration::ZERO };
        (Connection::handshake(near, opened).await.unwrap(), far)
    }

    #[tokio::test]
    async fn connections_that_were_idle_for_too_long_are_closed_and_not_used() {
        let max_idle_time = Duration::from_millis(500);
        let pool = Pool { max_idle_time, ..Pool::new(10) };
        let ((old, _old_end), (new, _new_end)) = (connection().await, connection().await);
        pool.put(old);
        tokio::time::sleep(Duration::from_millis(600)).await;
        pool.put(new);
        let newest = pool.take().await.unwrap();
        assert!(newest.idle_for() < max_idle_time);
        assert_eq!(pool.idle.with(|idle| idle.len()), 0);
    }

    #[tokio::test]
    async fn a_connection_that_the_peer_has_closed_is_not_used() {
        let pool = Pool::new(10);
        let (idle, far_end) = connection().await;
        pool.put(idle);
        drop(far_end);
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(pool.take().await.is_none());
    }
}
