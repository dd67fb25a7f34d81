//! Serving one connection.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::timeout;

use super::handler;
use crate::local::http::activity::{Activity, RequestInFlight};
use crate::local::http::fault_switch::FaultSwitch;
use crate::local::operations::bedrock::Bedrock;

/// How long a closing server or connection waits for responses in flight.
pub(super) const GRACE: Duration = Duration::from_millis(250);
/// The longest head of a request. Session tokens and bearer keys take a few KiB.
const LONGEST_HEAD: usize = 64 * 1024;

/// What the tasks of one connection share.
#[derive(Clone)]
pub(super) struct Connection {
    pub bedrock: Arc<Bedrock>,
    pub fault_switch: FaultSwitch,
    pub activity: Arc<Activity>,
    pub idle_timeout: Option<Duration>,
    /// The limit of connections, if this one is beyond it: its requests are refused.
    pub beyond_limit: Option<usize>,
}

impl Connection {
    /// Serves requests until the client closes, the connection is idle for too long, or the server
    /// stops.
    pub(super) async fn serve<I>(self, io: I, mut stopped: watch::Receiver<bool>)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (activity, idle_timeout) = (Arc::clone(&self.activity), self.idle_timeout);
        let service = service_fn(move |request| {
            let Connection { bedrock, fault_switch, activity, beyond_limit, .. } = self.clone();
            let in_flight = RequestInFlight::new(activity);
            async move {
                let response = match beyond_limit {
                    None => handler::handle(bedrock, fault_switch, request).await?,
                    Some(limit) => handler::refuse_connection(limit, request),
                };
                Ok::<_, io::Error>(response.map(|body| body.holding(in_flight)))
            }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        // hyper's own timeout does not cover the silence before the first byte.
        builder.http1().header_read_timeout(None).max_buf_size(LONGEST_HEAD);
        builder.http2().max_concurrent_streams(128).max_header_list_size(LONGEST_HEAD as u32);
        let connection = builder.serve_connection(TokioIo::new(io), service);
        tokio::pin!(connection);
        // `wait_for` returns a guard, which must not be held while the connection finishes.
        let stop = async { stopped.wait_for(|stop| *stop).await.is_ok() };
        tokio::select! {
            _ = connection.as_mut() => {}
            _ = stop => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
            () = activity.idle_for(idle_timeout) => {
                connection.as_mut().graceful_shutdown();
                // An incomplete request does not keep the connection open.
                let _ = timeout(GRACE, connection).await;
            }
        }
    }
}
