//! Idle connections to one endpoint, last used first.
//!
//! Bounds what is kept, never how many run at once: boto3's meaning of `max_pool_connections`.

use std::collections::VecDeque;
use std::time::Duration;

use super::connection::Connection;
use super::log;
use super::process::PerProcessMutex;

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
                log::connection_reused(connection.idle_for());
                return Some(connection);
            }
            log::connection_closed("the server had closed it while it was idle");
        }
    }

    /// Keeps the connection for the next request, or closes it.
    pub fn put(&self, mut connection: Connection) {
        if !connection.rest() {
            log::connection_closed("the server closes it after the response");
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

    /// Closes what nobody has used for longer than that.
    pub fn sweep(&self, kept_for: Duration) {
        let stale: Vec<Connection> = self.idle.with(|idle| {
            let is_fresh = |connection: &Connection| connection.idle_for() <= kept_for;
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

    #[tokio::test]
    async fn a_sweep_closes_what_has_been_idle_for_long() {
        let pool = Pool::new(10);
        let ((one, _one_end), (other, _other_end)) = (tokio::io::duplex(64), tokio::io::duplex(64));
        pool.put(Connection::handshake(one).await.unwrap());
        tokio::time::sleep(Duration::from_millis(600)).await;
        pool.put(Connection::handshake(other).await.unwrap());
        pool.sweep(Duration::from_millis(500));
        assert_eq!(pool.idle.with(|idle| idle.len()), 1);
        let newest = pool.take().await.unwrap();
        assert!(newest.idle_for() < Duration::from_millis(500));
        assert!(pool.take().await.is_none());
    }
}
