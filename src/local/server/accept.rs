//! Accepting connections, within the limit of their number.

use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::connection::Connection;
use crate::local::http::activity::Activity;
use crate::local::http::fault_switch::FaultSwitch;
use crate::local::http::socket::ServerSocket;
use crate::local::operations::bedrock::Bedrock;

/// How long a TLS handshake may take, and a connection beyond the limit may be idle.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How many connections beyond the limit get a response that says so. Others are closed at once.
const REFUSALS: usize = 64;

/// The loop that accepts connections, and what the connections need.
pub(super) struct AcceptLoop {
    pub listener: TcpListener,
    /// `None` without TLS.
    pub acceptor: Option<TlsAcceptor>,
    pub bedrock: Arc<Bedrock>,
    pub max_connections: usize,
    pub idle_timeout: Option<Duration>,
    pub stopped: watch::Receiver<bool>,
}

impl AcceptLoop {
    /// Accepts connections until the server stops.
    pub(super) async fn accept(mut self) {
        let permits = Arc::new(Semaphore::new(self.max_connections.min(Semaphore::MAX_PERMITS)));
        let refusals = Arc::new(Semaphore::new(REFUSALS));
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = self.stopped.wait_for(|stop| *stop) => break,
            };
            let Ok((socket, _)) = accepted else {
                // Most likely the process has no free descriptor: wait for connections to close.
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            };
            let permit = Arc::clone(&permits).try_acquire_owned();
            let refused = permit.is_err();
            let Ok(permit) = permit.or_else(|_| Arc::clone(&refusals).try_acquire_owned()) else {
                continue;
            };
            self.spawn(socket, permit, refused);
        }
        // A forked process may have a copy of the descriptor, so closing ours is not enough.
        let _ = SockRef::from(&self.listener).shutdown(Shutdown::Both);
    }

    /// Serves a connection in its own task, which holds `permit`.
    fn spawn(&self, socket: TcpStream, permit: OwnedSemaphorePermit, refused: bool) {
        let _ = socket.set_nodelay(true);
        let activity = Arc::new(Activity::new());
        let fault_switch = FaultSwitch::new();
        let counters = Arc::clone(&self.bedrock.counters);
        let socket =
            ServerSocket::new(socket, fault_switch.clone(), counters, Arc::clone(&activity));
        let idle_timeout = match refused {
            false => self.idle_timeout,
            true => Some(self.idle_timeout.unwrap_or(HANDSHAKE_LIMIT).min(HANDSHAKE_LIMIT)),
        };
        let connection = Connection {
            bedrock: Arc::clone(&self.bedrock),
            fault_switch,
            activity,
            idle_timeout,
            beyond_limit: refused.then_some(self.max_connections),
        };
        let (acceptor, stopped) = (self.acceptor.clone(), self.stopped.clone());
        let limit = self.idle_timeout.map_or(HANDSHAKE_LIMIT, |idle| idle.min(HANDSHAKE_LIMIT));
        tokio::spawn(async move {
            let _permit = permit;
            let Some(acceptor) = acceptor else {
                return connection.serve(socket, stopped).await;
            };
            if let Ok(Ok(encrypted)) = timeout(limit, acceptor.accept(socket)).await {
                connection.serve(encrypted, stopped).await;
            }
        });
    }
}
