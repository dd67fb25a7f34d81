//! Starting and stopping: the listener, its runtime, the connections.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::bedrock::Bedrock;
use super::bridge::Question;
use super::exchange;
use super::tls::Authority;
use super::wire::Wire;

/// How long a closing server lets answers in flight finish.
const GRACE: Duration = Duration::from_millis(250);
/// How long a peer may take over its TLS handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// Where a server listens.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to bind, e.g. `127.0.0.1`.
    pub host: String,
    /// 0 lets the system choose.
    pub port: u16,
    pub tls: bool,
    /// Threads that serve; the first is enough for tests.
    pub workers: usize,
    /// What the server does, as JSON (`docs/local.md`).
    pub scenario: Option<String>,
}

impl Options {
    /// Host and port as an error names them.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Default for Options {
    fn default() -> Self {
        Options { host: "127.0.0.1".to_owned(), port: 0, tls: false, workers: 1, scenario: None }
    }
}

/// A running local Bedrock. Dropping it stops it.
pub struct Server {
    address: SocketAddr,
    authority_pem: Option<String>,
    bedrock: Arc<Bedrock>,
    running: Mutex<Option<Running>>,
}

struct Running {
    process: u32,
    stop: watch::Sender<bool>,
    runtime: Runtime,
}

impl Server {
    /// Binds and serves. `InvalidInput` says what is wrong with the scenario.
    pub fn start(options: &Options) -> io::Result<Server> {
        let bedrock = Arc::<Bedrock>::default();
        if let Some(scenario) = &options.scenario {
            bedrock
                .control("POST", "scenario", scenario.as_bytes())
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        }
        let listener = TcpListener::bind((options.host.as_str(), options.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let authority = if options.tls { Some(Authority::new(&options.host)?) } else { None };
        let runtime = Builder::new_multi_thread()
            .worker_threads(options.workers.max(1))
            .thread_name("fastbedrock-local")
            .enable_all()
            .build()?;
        let (stop, stopped) = watch::channel(false);
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let acceptor = authority.as_ref().map(Authority::acceptor);
        runtime.spawn(accept(listener, acceptor, Arc::clone(&bedrock), stopped));
        Ok(Server {
            address,
            authority_pem: authority.map(|authority| authority.pem),
            bedrock,
            running: Mutex::new(Some(Running { process: std::process::id(), stop, runtime })),
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL to give to a client as its endpoint.
    pub fn endpoint_url(&self) -> String {
        let scheme = if self.authority_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The certificate that signed the server's own, as PEM; `None` without TLS.
    pub fn authority_pem(&self) -> Option<&str> {
        self.authority_pem.as_deref()
    }

    /// What `/_local/{name}` answers over HTTP, for callers in this process. The error is a
    /// sentence for the caller.
    pub fn control(&self, method: &str, name: &str, body: &[u8]) -> Result<String, String> {
        self.bedrock.control(method, name, body)
    }

    /// Whether chats are put to a callable first: to whoever asks for the [`Server::next_question`].
    pub fn set_callable(&self, callable: bool) {
        self.bedrock.set_callable(callable);
    }

    /// The next request that waits for a callable; see [`Server::answer`]. `Err(true)` where none
    /// came in time, `Err(false)` once the server closed. Blocks.
    pub fn next_question(&self, timeout: Duration) -> Result<Question, bool> {
        self.bedrock.bridge.next(timeout)
    }

    /// Answers a [`Question`]: the reply as JSON, or what went wrong.
    pub fn answer(&self, id: u64, reply: Result<String, String>) {
        self.bedrock.bridge.answer(id, reply);
    }

    /// Stops listening, lets answers in flight finish for a moment, then drops every connection.
    /// Returns within a second. Closing twice is fine.
    pub fn close(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { process, stop, runtime }) = running else {
            return;
        };
        if process != std::process::id() {
            // The threads stayed with the parent: there is nothing to stop, and nobody to wait for.
            std::mem::forget(runtime);
            return;
        }
        stop.send_replace(true);
        self.bedrock.bridge.close();
        let deadline = std::time::Instant::now() + GRACE;
        while self.bedrock.counters.open_connections() > 0 && std::time::Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        runtime.shutdown_timeout(GRACE);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

async fn accept(
    listener: tokio::net::TcpListener,
    acceptor: Option<TlsAcceptor>,
    bedrock: Arc<Bedrock>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        let Ok((socket, _)) = accepted else {
            // Out of descriptors, most likely: give connections a moment to go away.
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let _ = socket.set_nodelay(true);
        let (wire, line) = Wire::new(socket, Arc::clone(&bedrock.counters));
        let (bedrock, stopped) = (Arc::clone(&bedrock), stopped.clone());
        match acceptor.clone() {
            None => drop(tokio::spawn(serve(wire, line, bedrock, stopped))),
            Some(acceptor) => drop(tokio::spawn(async move {
                let handshake = tokio::time::timeout(HANDSHAKE_LIMIT, acceptor.accept(wire)).await;
                if let Ok(Ok(secured)) = handshake {
                    serve(secured, line, bedrock, stopped).await;
                }
            })),
        }
    }
    // Closing it is not enough where a forked process has a copy.
    let _ = SockRef::from(&listener).shutdown(Shutdown::Both);
}

async fn serve<I>(
    io: I,
    line: super::wire::Line,
    bedrock: Arc<Bedrock>,
    mut stopped: watch::Receiver<bool>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let (bedrock, line) = (Arc::clone(&bedrock), line.clone());
        exchange::answer(bedrock, line, request)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // Idle connections stay: a client's pool is not ours to empty.
    builder.http1().header_read_timeout(None);
    builder.http2().max_concurrent_streams(128);
    let connection = builder.serve_connection(TokioIo::new(io), service);
    tokio::pin!(connection);
    // The receiver's guard may not live across the wait for the connection.
    let stop = async { stopped.wait_for(|stop| *stop).await.is_ok() };
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{Request, StatusCode, Version};
    use http_body_util::{BodyExt, Empty};

    #[test]
    fn http_2_is_spoken_to_those_who_know() {
        let server = Server::start(&Options::default()).unwrap();
        let client = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        client.block_on(async {
            let socket = tokio::net::TcpStream::connect(server.address()).await.unwrap();
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
                    .await
                    .unwrap();
            tokio::spawn(connection);
            for (path, status) in [
                ("/_local/counters", StatusCode::OK),
                ("/async-invoke", StatusCode::FORBIDDEN),
                ("/nowhere", StatusCode::NOT_FOUND),
            ] {
                let uri = format!("{}{path}", server.endpoint_url());
                let request = Request::get(uri).body(Empty::<Bytes>::new()).unwrap();
                let response = sender.send_request(request).await.unwrap();
                assert_eq!((response.version(), response.status()), (Version::HTTP_2, status));
                assert!(!response.into_body().collect().await.unwrap().to_bytes().is_empty());
            }
        });
        assert_eq!(server.bedrock.counters.open_connections(), 1);
    }

    #[test]
    fn a_wrong_scenario_is_invalid_input() {
        let options = Options { scenario: Some("{\"sed\": 1}".to_owned()), ..Options::default() };
        let error = Server::start(&options).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), "scenario: there is no setting called sed");
    }
}
