//! Opens connections to one endpoint: name lookup, TCP, TLS, within the connect timeout.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service as _;

use super::connection::Connection;
use super::error::{Error, Kind};
use super::process::PerProcessMutex;
use super::settings::Verify;
use super::socket::Socket;
use super::{log, proxy, tls};

pub struct Connector {
    origin: http::Uri,
    /// Present where the endpoint speaks TLS.
    server_name: Option<ServerName<'static>>,
    verify: Verify,
    /// Made on first use.
    tls: PerProcessMutex<Option<Result<Arc<rustls::ClientConfig>, String>>>,
    connect_timeout: Option<Duration>,
    proxy: Option<Intercept>,
}

impl Connector {
    /// `origin` has scheme, host and port. Nothing is opened yet.
    pub fn new(
        origin: http::Uri,
        verify: Verify,
        connect_timeout: Option<Duration>,
        proxy: Option<Intercept>,
    ) -> Result<Self, Error> {
        let server_name = if origin.scheme_str() == Some("https") {
            let host = origin.host().unwrap_or_default();
            let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
            Some(ServerName::try_from(host).map_err(|_| {
                Error::new(Kind::InvalidEndpointUrl { endpoint_url: origin.to_string() })
            })?)
        } else {
            None
        };
        let tls = PerProcessMutex::new();
        Ok(Connector { origin, server_name, verify, tls, connect_timeout, proxy })
    }

    /// Opens a connection. `url` is what is being requested, for the error's text.
    pub async fn connect(&self, url: impl Fn() -> String) -> Result<Connection, Error> {
        log::connecting(self.host(), self.proxy.as_ref().map(proxy::shown));
        let started = log::now();
        let opening = self.open(&url);
        let outcome = match self.connect_timeout {
            None => opening.await,
            Some(limit) => tokio::time::timeout(limit, opening).await.unwrap_or_else(|_| {
                let error = format!("no connection within {} s", limit.as_secs_f64());
                Err(Error::new(Kind::ConnectTimeout { endpoint_url: url(), error }))
            }),
        };
        log::connected(started, self.host(), outcome.as_ref().err());
        outcome
    }

    /// Name and port of the endpoint, for logs.
    fn host(&self) -> &str {
        let authority = self.origin.authority().map_or("", |authority| authority.as_str());
        authority.rsplit('@').next().unwrap_or_default()
    }

    async fn open(&self, url: &impl Fn() -> String) -> Result<Connection, Error> {
        let unreachable =
            |error: String| Error::new(Kind::EndpointConnection { endpoint_url: url(), error });
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let stream = match &self.proxy {
            None => tcp
                .call(self.origin.clone())
                .await
                .map_err(|error| unreachable(describe(&error)))?,
            Some(proxy) => self.through(proxy, tcp).await?,
        };
        let stream = Socket(stream.into_inner());
        let connection = match &self.server_name {
            None => Connection::handshake(stream).await,
            Some(name) => {
                Connection::handshake(self.secure(stream, name.clone(), url).await?).await
            }
        };
        connection.map_err(|error| unreachable(describe(&error)))
    }

    /// Speaks TLS over a connected stream.
    async fn secure(
        &self,
        stream: Socket,
        name: ServerName<'static>,
        url: &impl Fn() -> String,
    ) -> Result<TlsStream<Socket>, Error> {
        let refused = |error: String| Error::new(Kind::Ssl { endpoint_url: url(), error });
        let made = |made: &mut Option<_>| {
            made.get_or_insert_with(|| tls::client_config(&self.verify)).clone()
        };
        let connector = TlsConnector::from(self.tls.with(made).map_err(refused)?);
        let secured = connector.connect(name, stream).await;
        if let Ok(stream) = &secured {
            log::secured(self.host(), stream.get_ref().1);
        }
        secured.map_err(|error| match error.kind() {
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                let (endpoint_url, error) = (url(), error.to_string());
                Error::new(Kind::ConnectionClosed { endpoint_url, error, late: false })
            }
            _ => refused(error.to_string()),
        })
    }
}

impl Connector {
    /// The proxy for requests that it forwards itself: those without TLS, whose target is then
    /// the whole URL. A TLS connection goes through a tunnel and knows nothing of it.
    pub fn forwarder(&self) -> Option<&Intercept> {
        self.proxy.as_ref().filter(|_| self.server_name.is_none())
    }

    async fn through(
        &self,
        proxy: &Intercept,
        mut tcp: HttpConnector,
    ) -> Result<TokioIo<TcpStream>, Error> {
        let refused = |error: String| {
            Error::new(Kind::ProxyConnection { proxy_url: proxy::shown(proxy), error })
        };
        if proxy.uri().scheme_str() != Some("http") {
            return Err(refused("only http:// proxies are supported".to_owned()));
        }
        if self.server_name.is_none() {
            return tcp.call(proxy.uri().clone()).await.map_err(|error| refused(describe(&error)));
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        tunnel.call(self.origin.clone()).await.map_err(|error| refused(describe(&error)))
    }
}

/// The error with its causes: hyper's own text is often just "client error (Connect)".
pub fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
