//! The pool of idle connections to one endpoint. The connection that was used last is reused first.
//!
//! As with boto3's `max_pool_connections`, the limit is on the idle connections that are kept. It does
//! not limit the number of concurrent calls.

use std::collections::VecDeque;
use std::time::Duration;

use crate::http::connection::Connection;
use crate::log;
use crate::runtime::fork::ForkGuardedMutex;

/// After this idle time a connection is not used again. Gateways and firewalls silently forget idle
/// connections, some after a minute or two, NAT gateways after 350 s. A request that is sent over a
/// forgotten connection gets no response. Opening another connection costs 0.2 ms of CPU with TLS, at
/// most once a minute.
pub const MAX_IDLE_TIME: Duration = Duration::from_secs(60);

pub struct Pool {
    idle: ForkGuardedMutex<VecDeque<Connection>>,
    max_idle: usize,
    max_idle_time: Duration,
}

impl Pool {
    pub fn new(max_idle: usize) -> Self {
        Pool { idle: ForkGuardedMutex::new(), max_idle, max_idle_time: MAX_IDLE_TIME }
    }

    /// An idle connection that is still open, if the pool has one.
    pub async fn take(&self) -> Option<Connection> {
        self.close_stale();
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
        if !connection.begin_idle() {
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
        // Closing takes time, so the lock is not held here.
        drop(offered);
    }

    /// Closes connections that have been idle for too long to be used again.
    pub fn close_stale(&self) {
        let stale: Vec<Connection> = self.idle.with(|idle| {
            let is_fresh = |connection: &Connection| connection.idle_for() <= self.max_idle_time;
            let end = idle.iter().position(is_fresh).unwrap_or(idle.len());
            idle.drain(..end).collect()
        });
        log::idle_connections_closed(stale.len());
        drop(stale);
    }

    /// Closes all idle connections.
    pub fn clear(&self) {
        let idle = self.idle.with(std::mem::take);
        log::idle_connections_closed(idle.len());
        drop(idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::connection::SocketInfo;

    async fn connection() -> (Connection, tokio::io::DuplexStream) {
        let (near, far) = tokio::io::duplex(64);
        let socket = SocketInfo { caller_thread_socket: None, round_trip_time: Duration::ZERO };
        (Connection::handshake(near, socket).await.unwrap(), far)
    }

    #[tokio::test]
    async fn connections_that_have_been_idle_for_too_long_are_closed_and_not_used() {
        let max_idle_time = Duration::from_millis(500);
        let pool = Pool { max_idle_time, ..Pool::new(10) };
        let ((old, _old_peer), (new, _new_peer)) = (connection().await, connection().await);
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
        let (idle, peer) = connection().await;
        pool.put(idle);
        drop(peer);
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(pool.take().await.is_none());
    }
}
