//! Opens connections to one endpoint: name lookup, TCP, proxy and TLS, within the connect timeout.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::environment::arguments::Verify;
use crate::error::{Error, Kind};
use crate::http::connection::{ByteStream, Connection, SocketInfo};
use crate::http::happy_eyeballs::connect_to_first;
use crate::http::hyper_client::text_with_causes;
use crate::http::name_lookup::NameLookup;
use crate::http::proxy::{Proxy, tunnel};
use crate::http::socket::Socket;
use crate::http::tls;
use crate::log;
use crate::runtime::timer;

pub struct Connector {
    origin: http::Uri,
    /// The host of TCP connections: the endpoint or the proxy.
    peer: NameLookup,
    /// Present if the endpoint speaks TLS.
    server_name: Option<ServerName<'static>>,
    tls: tls::LazyConfig,
    keepalive: bool,
    proxy: Option<Proxy>,
    /// Present if the proxy speaks TLS.
    proxy_name: Option<ServerName<'static>>,
}

/// How connections are opened.
pub struct ConnectOptions {
    pub verify: Verify,
    /// Whether the kernel probes the peer of a silent connection.
    pub keepalive: bool,
    pub proxy: Option<Proxy>,
}

impl Connector {
    /// A connector for `origin`, which has scheme, host and port. Opens no connection yet.
    ///
    /// Error: `ValueError` if TLS cannot verify a host of this name.
    pub fn new(origin: http::Uri, options: ConnectOptions) -> Result<Self, Error> {
        let ConnectOptions { verify, keepalive, proxy } = options;
        let peer = proxy.as_ref().map_or(&origin, Proxy::uri);
        Ok(Connector {
            peer: NameLookup::new(host(peer), port(peer)),
            server_name: server_name(&origin)?,
            tls: tls::LazyConfig::new(verify),
            keepalive,
            proxy_name: proxy.as_ref().map_or(Ok(None), |proxy| server_name(proxy.uri()))?,
            proxy,
            origin,
        })
    }

    /// The proxy that forwards requests, if there is one. A proxy forwards requests without TLS,
    /// and their target is the whole URL. Requests with TLS go through a tunnel and are the same as
    /// without a proxy.
    pub fn forwarding_proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|_| self.server_name.is_none())
    }

    /// Opens a connection within `limit`. `url` gives the requested URL for error texts.
    pub async fn connect(
        &self,
        limit: Option<Duration>,
        url: impl Fn() -> String,
    ) -> Result<Connection, Error> {
        log::connecting(self.host_and_port(), self.proxy.as_ref().map(Proxy::without_password));
        let started = log::now();
        let opening = self.open(&url);
        let outcome = timer::timeout(limit, opening).await.unwrap_or_else(|| {
            let limit = limit.unwrap_or_default();
            let error = format!("no connection within {} s", limit.as_secs_f64());
            Err(Error::new(Kind::ConnectTimeout { endpoint_url: url(), error }))
        });
        log::connected(started, self.host_and_port(), outcome.as_ref().err());
        outcome
    }

    /// Host and port of the endpoint, for logs.
    pub fn host_and_port(&self) -> &str {
        let authority = self.origin.authority().map_or("", |authority| authority.as_str());
        authority.rsplit('@').next().unwrap_or_default()
    }

    async fn open(&self, url: &impl Fn() -> String) -> Result<Connection, Error> {
        let unreachable = |error: String| match &self.proxy {
            None => Error::new(Kind::EndpointConnection { endpoint_url: url(), error }),
            Some(proxy) => {
                Error::new(Kind::ProxyConnection { proxy_url: proxy.without_password(), error })
            }
        };
        let addresses = self.peer.addresses().await.map_err(unreachable)?;
        let connected = connect_to_first(&addresses, async |address| {
            let started = Instant::now();
            let socket = Socket::connect(address, self.keepalive).await?;
            Ok((socket, started.elapsed()))
        });
        let (socket, round_trip_time) =
            connected.await.map_err(|error| unreachable(error.to_string()))?;
        let socket_info =
            SocketInfo { caller_thread_socket: socket.caller_thread_socket(), round_trip_time };
        if let (Some(proxy), Some(name)) = (&self.proxy, &self.server_name) {
            // Boxed, because it is rarely needed and larger than the rest of this future.
            return Box::pin(self.tunnel(socket, socket_info, proxy, name, url)).await;
        }
        match self.server_name.as_ref().or(self.proxy_name.as_ref()) {
            None => self.start_http(socket, socket_info, url).await,
            // Boxed, because it is larger than the rest of this future.
            Some(name) => Box::pin(self.start_https(socket, socket_info, name, url)).await,
        }
    }

    /// Connects to an endpoint with TLS through the proxy. The proxy may speak TLS as well.
    async fn tunnel(
        &self,
        socket: Socket,
        socket_info: SocketInfo,
        proxy: &Proxy,
        name: &ServerName<'static>,
        url: &impl Fn() -> String,
    ) -> Result<Connection, Error> {
        let refused = |error: String| {
            Error::new(Kind::ProxyConnection { proxy_url: proxy.without_password(), error })
        };
        match &self.proxy_name {
            None => {
                let through = tunnel::open(socket, &self.origin, proxy).await.map_err(refused)?;
                self.start_https(through, socket_info, name, url).await
            }
            Some(proxy_name) => {
                let secured = self.start_tls(socket, proxy_name, url).await?;
                let through = tunnel::open(secured, &self.origin, proxy).await.map_err(refused)?;
                self.start_https(through, socket_info, name, url).await
            }
        }
    }

    async fn start_http<S: ByteStream + 'static>(
        &self,
        stream: S,
        socket_info: SocketInfo,
        url: &impl Fn() -> String,
    ) -> Result<Connection, Error> {
        Connection::handshake(stream, socket_info).await.map_err(|error| {
            Error::new(Kind::EndpointConnection {
                endpoint_url: url(),
                error: text_with_causes(&error),
            })
        })
    }

    async fn start_https<S: ByteStream + 'static>(
        &self,
        stream: S,
        socket_info: SocketInfo,
        name: &ServerName<'static>,
        url: &impl Fn() -> String,
    ) -> Result<Connection, Error> {
        self.start_http(self.start_tls(stream, name, url).await?, socket_info, url).await
    }

    /// Starts TLS on a connected stream.
    async fn start_tls<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        name: &ServerName<'static>,
        url: &impl Fn() -> String,
    ) -> Result<TlsStream<S>, Error> {
        let refused = |error: String| Error::new(Kind::Ssl { endpoint_url: url(), error });
        let connector = TlsConnector::from(self.tls.get().map_err(refused)?);
        let secured = connector.connect(name.clone(), stream).await;
        if let Ok(stream) = &secured {
            log::secured(&name.to_str(), stream.get_ref().1);
        }
        secured.map_err(|error| match error.kind() {
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                let (endpoint_url, error) = (url(), error.to_string());
                Error::new(Kind::ConnectionClosed { endpoint_url, error, late: false })
            }
            _ => refused(self.tls.explain(&error)),
        })
    }
}

/// The host of a URL, without the brackets of an IPv6 address.
fn host(url: &http::Uri) -> &str {
    let host = url.host().unwrap_or_default();
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn port(url: &http::Uri) -> u16 {
    let default = if url.scheme_str() == Some("https") { 443 } else { 80 };
    url.port_u16().unwrap_or(default)
}

/// The name that the server's certificate must have; `None` without TLS.
fn server_name(url: &http::Uri) -> Result<Option<ServerName<'static>>, Error> {
    if url.scheme_str() != Some("https") {
        return Ok(None);
    }
    let name = ServerName::try_from(host(url).to_owned());
    name.map(Some)
        .map_err(|_| Error::new(Kind::InvalidEndpointUrl { endpoint_url: url.to_string() }))
}
