//! Idle connections to one endpoint, last used first.
//!
//! Bounds what is kept, never how many run at once: boto3's meaning of `max_pool_connections`.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::connection::Connection;
use super::process::PerProcess;

/// Longer than that nobody keeps an idle connection's other end open.
const KEPT_FOR: Duration = Duration::from_secs(90);

pub struct Pool {
    idle: Mutex<VecDeque<PerProcess<Connection>>>,
    max_idle: usize,
}

impl Pool {
    pub fn new(max_idle: usize) -> Self {
        Pool { idle: Mutex::default(), max_idle }
    }

    /// An idle connection that is still open, if there is one.
    pub async fn take(&self) -> Option<Connection> {
        loop {
            let connection = self.lock().pop_back()?.into_inner();
            if let Some(mut connection) = connection
                && connection.revive().await
            {
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
        let forgotten = {
            let mut idle = self.lock();
            if idle.len() < self.max_idle {
                idle.push_back(PerProcess::new(connection));
            }
            let oldest = idle.front_mut().and_then(PerProcess::get_mut);
            match oldest {
                Some(oldest) if oldest.idle_for() > KEPT_FOR => idle.pop_front(),
                _ => None,
            }
        };
        drop(forgotten);
    }

    /// Closes what is idle now.
    pub fn clear(&self) {
        let idle = std::mem::take(&mut *self.lock());
        drop(idle);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<PerProcess<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
