//! Starting and stopping a server.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::accept::AcceptLoop;
use super::connection::GRACE;
use super::options::Options;
use super::tls::CertificateAuthority;
use crate::local::access::host_policy::HostPolicy;
use crate::local::chat::callable::{CallableRequest, NoRequest};
use crate::local::operations::bedrock::Bedrock;
use crate::local::scenario::requester::Requester;

/// A running local Bedrock. Dropping it stops it.
pub struct Server {
    address: SocketAddr,
    authority_pem: Option<String>,
    bedrock: Arc<Bedrock>,
    running: Mutex<Option<Running>>,
}

struct Running {
    /// The process that started the server, and has its threads.
    process_id: u32,
    stop: watch::Sender<bool>,
    runtime: Runtime,
}

impl Server {
    /// Starts a server. An error of kind `InvalidInput` is about the scenario or an allowed host.
    pub fn start(options: &Options) -> io::Result<Server> {
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let listener = TcpListener::bind((options.host.as_str(), options.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let host_policy = HostPolicy::new(&options.host, address.ip(), &options.allowed_hosts);
        let host_policy = host_policy.map_err(invalid)?;
        let bedrock = Arc::new(Bedrock::new(host_policy, options.idle_timeout));
        if let Some(scenario) = &options.scenario {
            let outcome =
                bedrock.control(Requester::Owner, "POST", "scenario", scenario.as_bytes());
            outcome.map_err(invalid)?;
        }
        let authority =
            if options.tls { Some(CertificateAuthority::new(&options.host)?) } else { None };
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
        let acceptor = authority.as_ref().map(CertificateAuthority::acceptor);
        let accept_loop = AcceptLoop {
            listener,
            acceptor,
            bedrock: Arc::clone(&bedrock),
            max_connections: options.max_connections,
            idle_timeout: options.idle_timeout,
            stopped,
        };
        runtime.spawn(accept_loop.accept());
        Ok(Server {
            address,
            authority_pem: authority.map(|authority| authority.pem),
            bedrock,
            running: Mutex::new(Some(Running { process_id: std::process::id(), stop, runtime })),
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

    /// The certificate of the authority that signed the server's own, as PEM; `None` without TLS.
    pub fn authority_pem(&self) -> Option<&str> {
        self.authority_pem.as_deref()
    }

    /// What `method /_local/{name}` does over HTTP, for the program that runs the server. Returns
    /// JSON; the error is a sentence for the caller.
    pub fn control(&self, method: &str, name: &str, body: &[u8]) -> Result<String, String> {
        self.bedrock.control(Requester::Owner, method, name, body)
    }

    /// Sets whether a callable is asked for the replies of chats: each request then waits for
    /// [`Server::next_callable_request`] and [`Server::respond`].
    pub fn set_callable(&self, callable: bool) {
        self.bedrock.set_callable(callable);
    }

    /// The next request that waits for a callable. Blocks for up to `timeout`.
    pub fn next_callable_request(&self, timeout: Duration) -> Result<CallableRequest, NoRequest> {
        self.bedrock.callable.next(timeout)
    }

    /// Responds to a [`CallableRequest`] with a reply as JSON, or with the text of an error.
    pub fn respond(&self, id: u64, reply: Result<String, String>) {
        self.bedrock.callable.respond(id, reply);
    }

    /// Stops accept_loop, gives responses in flight a quarter of a second to finish, and drops all
    /// connections. Returns within a second. May be called twice.
    pub fn close(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { process_id, stop, runtime }) = running else {
            return;
        };
        if process_id != std::process::id() {
            // A forked child has no threads of the server, so there is nothing to stop or to wait
            // for.
            std::mem::forget(runtime);
            return;
        }
        stop.send_replace(true);
        self.bedrock.callable.close();
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{Request, StatusCode, Version};
    use http_body_util::{BodyExt, Empty};
    use hyper_util::rt::{TokioExecutor, TokioIo};

    #[test]
    fn http_2_is_served_without_negotiation() {
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
                // A refusal closes the connection, so each request has its own.
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
