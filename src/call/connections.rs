//! A server, and the idle connections to it.

use std::sync::Arc;

use http::header::PROXY_AUTHORIZATION;
use http::{Request, Response, Uri};

use crate::config::settings::Settings;
use crate::error::{Error, Kind};
use crate::http::body::Body;
use crate::http::connector::{ConnectOptions, Connector};
use crate::http::exchange::{OriginServer, Timeouts};
use crate::http::pool::Pool;
use crate::http::proxy::Proxy;
use crate::http::request_body::RequestBody;
use crate::runtime::caller_thread;

/// How many idle connections callers' threads keep: boto3's default.
pub const MAX_IDLE_CONNECTIONS: usize = 10;
/// How many idle connections the runtime keeps. With boto3's limit of 10, a hundred concurrent
/// calls would keep opening ninety new connections. The pool holds at most as many as were in use
/// at once, and closes them after some idle time ([`Pool::close_stale`]).
const MAX_IDLE_CONNECTIONS_OF_RUNTIME: usize = 1000;

/// A server, and the idle connections to it.
pub struct Connections {
    server: OriginServer,
    /// Host and port as they are in requests that a proxy forwards.
    authority: String,
    origin: String,
    pool_of_callers: Arc<Pool>,
    pool_of_runtime: Arc<Pool>,
}

impl Connections {
    /// Connections to the endpoint of the settings.
    ///
    /// Error: `ValueError` for an endpoint that TLS cannot verify.
    pub fn to_endpoint(settings: &Settings) -> Result<Self, Error> {
        let endpoint = &settings.endpoint;
        let endpoint_url = endpoint.url.trim_end_matches('/');
        let (origin, authority) = (endpoint.origin.clone(), &endpoint.authority);
        Connections::new(origin, authority, endpoint_url, settings.proxy.clone(), settings)
    }

    /// Connections to another server. `origin` is scheme, host and port.
    ///
    /// Errors: as above, and `ValueError` for a proxy that cannot be used.
    pub fn to_other(origin: &str, settings: &Settings) -> Result<Self, Error> {
        let uri = Uri::try_from(origin).map_err(|error| unsendable(&error))?;
        let (authority, proxy) = (authority(&uri), settings.proxy_for(&uri)?);
        Connections::new(uri, &authority, origin, proxy, settings)
    }

    fn new(
        origin: Uri,
        authority: &str,
        endpoint_url: &str,
        proxy: Option<Proxy>,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let options = ConnectOptions {
            verify: settings.verify.clone(),
            keepalive: settings.tcp_keepalive,
            proxy,
        };
        let pool = |default| Arc::new(Pool::new(settings.max_idle_connections.unwrap_or(default)));
        Ok(Connections {
            origin: format!("{}://{authority}", origin.scheme_str().unwrap_or_default()),
            server: OriginServer {
                connector: Connector::new(origin, options)?,
                endpoint_url: Arc::from(endpoint_url),
            },
            authority: authority.to_owned(),
            pool_of_callers: pool(MAX_IDLE_CONNECTIONS),
            pool_of_runtime: pool(MAX_IDLE_CONNECTIONS_OF_RUNTIME),
        })
    }

    /// Scheme, host and port. The port is left out if it is the scheme's own.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The server's URL with this path, for error texts.
    pub fn url(&self, path_and_query: &str) -> String {
        format!("{}{path_and_query}", self.server.endpoint_url)
    }

    /// Sends a request over one of the connections. Returns the head of the response with its body
    /// still to be read. `url` returns the request's URL for error texts.
    pub async fn send(
        &self,
        mut request: Box<Request<RequestBody>>,
        timeouts: Timeouts,
        url: &impl Fn() -> String,
    ) -> Result<Response<Body>, Error> {
        if let Some(proxy) = self.server.connector.forwarding_proxy() {
            let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
            let absolute = Uri::try_from(format!("http://{}{target}", self.authority));
            *request.uri_mut() = absolute.map_err(|error| unsendable(&error))?;
            if let Some(auth) = proxy.basic_auth() {
                request.headers_mut().insert(PROXY_AUTHORIZATION, auth.clone());
            }
        }
        self.server.send(self.pool(), request, timeouts, url).await
    }

    /// The pool for the current thread. Callers' threads and the runtime share no connections,
    /// because they wait for sockets in different ways.
    fn pool(&self) -> &Arc<Pool> {
        if caller_thread::is_current() { &self.pool_of_callers } else { &self.pool_of_runtime }
    }

    /// The idle connections of the runtime.
    pub fn pool_of_runtime(&self) -> &Arc<Pool> {
        &self.pool_of_runtime
    }

    /// Closes idle connections. Connections in use stay open.
    pub fn close_idle(&self) {
        self.pool_of_callers.clear();
        self.pool_of_runtime.clear();
    }
}

/// Host and port of a URL as in the Host header: without a user name, and without the scheme's own
/// port.
pub fn authority(url: &Uri) -> String {
    let host = url.host().unwrap_or_default().to_ascii_lowercase();
    let own = if url.scheme_str() == Some("https") { 443 } else { 80 };
    match url.port_u16().filter(|port| *port != own) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// The error for a request that HTTP cannot carry.
pub fn unsendable(error: &dyn std::fmt::Display) -> Error {
    Error::new(Kind::UnsendableRequest { error: format!("the request cannot be sent: {error}") })
}
