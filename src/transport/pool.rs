//! Idle connections to one endpoint.

use super::connection::Connection;
use super::idle::Idle;

pub struct Pool(Idle<Connection>);

impl Pool {
    pub fn new(max_idle: usize) -> Self {
        Pool(Idle::new(max_idle))
    }

    /// An idle connection that is still open, if there is one.
    pub async fn take(&self) -> Option<Connection> {
        loop {
            let mut connection = self.0.take()?;
            if connection.revive().await {
                return Some(connection);
            }
        }
    }

    /// Keeps the connection for the next request, or closes it.
    pub fn put(&self, mut connection: Connection) {
        if connection.rest() {
            self.0.put(connection);
        }
    }

    /// Closes what is idle now.
    pub fn clear(&self) {
        self.0.clear();
    }
}
