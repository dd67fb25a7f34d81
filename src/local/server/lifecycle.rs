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
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::activity::{Activity, BodyInFlight, InFlight};
use super::bedrock::Bedrock;
use super::bridge::Question;
use super::control::Source;
use super::exchange;
use super::host_policy::HostPolicy;
use super::tls::Authority;
use super::wire::{Line, Wire};

/// How long a closing server lets answers in flight finish.
const GRACE: Duration = Duration::from_millis(250);
/// How long a peer may take over its TLS handshake, at most.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How many connections beyond the limit are open at a time to be told so. Others are closed.
const REFUSALS: usize = 64;
/// The longest head of a request. Session tokens and bearer keys take a few KiB.
const LONGEST_HEAD: usize = 64 * 1024;

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
    /// Names and addresses that requests may name as their host, besides loopback and `host`;
    /// `*`: any.
    pub allowed_hosts: Vec<String>,
    /// Connections beyond this number are refused.
    pub max_connections: usize,
    /// How long a client may take to send a request, counted from the end of the last answer. Its
    /// body may take as long again. A connection that exceeds it is closed.
    pub idle_timeout: Option<Duration>,
}

impl Options {
    /// Host and port as an error names them.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            host: "127.0.0.1".to_owned(),
            port: 0,
            tls: false,
            workers: 1,
            scenario: None,
            allowed_hosts: Vec::new(),
            max_connections: 4096,
            idle_timeout: Some(Duration::from_secs(60)),
        }
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
    /// Binds and serves. `InvalidInput` says what is wrong with the scenario or an allowed host.
    pub fn start(options: &Options) -> io::Result<Server> {
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let listener = TcpListener::bind((options.host.as_str(), options.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let host_policy = HostPolicy::new(&options.host, address.ip(), &options.allowed_hosts);
        let host_policy = host_policy.map_err(invalid)?;
        let bedrock = Arc::new(Bedrock::new(host_policy, options.idle_timeout));
        if let Some(scenario) = &options.scenario {
            let outcome = bedrock.control(Source::Owner, "POST", "scenario", scenario.as_bytes());
            outcome.map_err(invalid)?;
        }
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
        let limits =
            ConnectionLimits { most: options.max_connections, idle_timeout: options.idle_timeout };
        runtime.spawn(accept(listener, acceptor, Arc::clone(&bedrock), limits, stopped));
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
        self.bedrock.control(Source::Owner, method, name, body)
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

#[derive(Clone, Copy)]
struct ConnectionLimits {
    most: usize,
    idle_timeout: Option<Duration>,
}

/// What the tasks of one connection share.
#[derive(Clone)]
struct Connection {
    bedrock: Arc<Bedrock>,
    line: Line,
    activity: Arc<Activity>,
    /// The server has as many connections as it may have: whatever this one asks is refused.
    crowded: Option<usize>,
}

async fn accept(
    listener: tokio::net::TcpListener,
    acceptor: Option<TlsAcceptor>,
    bedrock: Arc<Bedrock>,
    limits: ConnectionLimits,
    mut stopped: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(limits.most.min(Semaphore::MAX_PERMITS)));
    let refusals = Arc::new(Semaphore::new(REFUSALS));
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
        let place = Arc::clone(&places).try_acquire_owned();
        let crowded = place.is_err().then_some(limits.most);
        let Ok(place) = place.or_else(|_| Arc::clone(&refusals).try_acquire_owned()) else {
            continue;
        };
        let _ = socket.set_nodelay(true);
        let activity = Arc::new(Activity::new());
        let (wire, line) = Wire::new(socket, Arc::clone(&bedrock.counters), Arc::clone(&activity));
        let connection = Connection { bedrock: Arc::clone(&bedrock), line, activity, crowded };
        let (acceptor, stopped) = (acceptor.clone(), stopped.clone());
        tokio::spawn(async move {
            let _place = place;
            let Some(acceptor) = acceptor else {
                return serve(wire, connection, limits.idle_timeout, stopped).await;
            };
            let limit =
                limits.idle_timeout.map_or(HANDSHAKE_LIMIT, |idle| idle.min(HANDSHAKE_LIMIT));
            if let Ok(Ok(secured)) = timeout(limit, acceptor.accept(wire)).await {
                serve(secured, connection, limits.idle_timeout, stopped).await;
            }
        });
    }
    // Closing it is not enough where a forked process has a copy.
    let _ = SockRef::from(&listener).shutdown(Shutdown::Both);
}

async fn serve<I>(
    io: I,
    connection: Connection,
    idle_timeout: Option<Duration>,
    mut stopped: watch::Receiver<bool>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Arc::clone(&connection.activity);
    let idle_timeout = match connection.crowded {
        None => idle_timeout,
        Some(_) => Some(idle_timeout.unwrap_or(HANDSHAKE_LIMIT).min(HANDSHAKE_LIMIT)),
    };
    let service = service_fn(move |request| {
        let Connection { bedrock, line, activity, crowded } = connection.clone();
        let in_flight = InFlight::new(activity);
        async move {
            let response = match crowded {
                None => exchange::answer(bedrock, line, request).await?,
                Some(limit) => exchange::crowded(limit, request),
            };
            Ok::<_, io::Error>(response.map(|body| BodyInFlight::new(body, in_flight)))
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // hyper's own timeout does not cover the silence before the first byte.
    builder.http1().header_read_timeout(None).max_buf_size(LONGEST_HEAD);
    builder.http2().max_concurrent_streams(128).max_header_list_size(LONGEST_HEAD as u32);
    let connection = builder.serve_connection(TokioIo::new(io), service);
    tokio::pin!(connection);
    // The receiver's guard may not live across the wait for the connection.
    let stop = async { stopped.wait_for(|stop| *stop).await.is_ok() };
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stop => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
        () = activity.ceased(idle_timeout) => {
            connection.as_mut().graceful_shutdown();
            // A request of which a part has come is not waited for.
            let _ = timeout(GRACE, connection).await;
        }
    }
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
    fn http_2_names_its_host_as_authority() {
        let server = Server::start(&Options::default()).unwrap();
        let client = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        client.block_on(async {
            let port = server.address().port();
            for (authority, origin, expected) in [
                (format!("127.0.0.1:{port}"), None, 200),
                (format!("localhost:{port}"), None, 200),
                (format!("localhost:{port}"), Some("http://localhost:3000"), 200),
                ("evil.example".to_owned(), None, 403),
                (format!("evil.example:{port}"), None, 403),
                (format!("localhost:{port}"), Some("https://evil.example"), 403),
                (format!("localhost:{port}"), Some("null"), 403),
            ] {
                // A refusal ends the connection.
                let socket = tokio::net::TcpStream::connect(server.address()).await.unwrap();
                let (mut sender, connection) = hyper::client::conn::http2::handshake(
                    TokioExecutor::new(),
                    TokioIo::new(socket),
                )
                .await
                .unwrap();
                tokio::spawn(connection);
                let mut request = Request::get(format!("http://{authority}/_local/counters"));
                if let Some(origin) = origin {
                    request = request.header("origin", origin);
                }
                let request = request.body(Empty::<Bytes>::new()).unwrap();
                let response = sender.send_request(request).await.unwrap();
                assert_eq!(response.status().as_u16(), expected, "{authority} {origin:?}");
            }
        });
    }

    #[test]
    fn a_wrong_scenario_is_invalid_input() {
        let options = Options { scenario: Some("{\"sed\": 1}".to_owned()), ..Options::default() };
        let error = Server::start(&options).err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), "scenario: there is no setting called sed");
    }
}
