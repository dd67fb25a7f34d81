//! Ending a connection from another thread.

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// Ends the connection of a body that another thread may be reading.
#[derive(Clone)]
pub struct AbortHandle(Arc<Mutex<Option<Arc<TcpStream>>>>);

impl AbortHandle {
    pub fn new(stream: Arc<TcpStream>) -> Self {
        AbortHandle(Arc::new(Mutex::new(Some(stream))))
    }

    /// Ends the connection, unless the handle was disarmed. A thread that reads from the connection
    /// wakes up.
    pub fn abort(&self) {
        if let Some(stream) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            // Fails if the peer has already ended the connection.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// From now on the handle does nothing: the connection is about to serve another request.
    pub fn disarm(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
