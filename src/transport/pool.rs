//! Idle connections to one endpoint, last used first.
//!
//! Bounds what is kept, never how many run at once: boto3's meaning of `max_pool_connections`.

use std::sync::{Mutex, PoisonError};

use super::connection::Connection;
use super::process::PerProcess;

pub struct Pool {
    idle: Mutex<Vec<PerProcess<Connection>>>,
    max_idle: usize,
}

impl Pool {
    pub fn new(max_idle: usize) -> Self {
        Pool { idle: Mutex::new(Vec::new()), max_idle }
    }

    /// An idle connection that is still open, if there is one.
    pub async fn take(&self) -> Option<Connection> {
        loop {
            let connection = self.lock().pop()?.into_inner();
            if let Some(mut connection) = connection
                && connection.revive().await
            {
                return Some(connection);
            }
        }
    }

    /// Keeps the connection for the next request, or closes it.
    pub fn put(&self, mut connection: Connection) {
        if connection.rest() {
            let mut idle = self.lock();
            if idle.len() < self.max_idle {
                idle.push(PerProcess::new(connection));
            }
        }
    }

    /// Closes what is idle now.
    pub fn clear(&self) {
        let idle = std::mem::take(&mut *self.lock());
        drop(idle);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<PerProcess<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
