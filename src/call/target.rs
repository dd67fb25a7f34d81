//! Where requests go.

use std::sync::Arc;

use http::header::{HeaderValue, PROXY_AUTHORIZATION};
use http::{Request, Response, Uri};

use crate::config::auth::Auth;
use crate::config::endpoint::Endpoint;
use crate::config::settings::Settings;
use crate::error::{Error, Kind};
use crate::http::body::Body;
use crate::http::connector::{ConnectOptions, Connector};
use crate::http::exchange::{OriginServer, Timeouts};
use crate::http::pool::Pool;
use crate::http::request_body::RequestBody;
use crate::runtime::caller_thread;

/// How many idle connections callers' threads keep: boto3's default.
pub const MAX_IDLE_CONNECTIONS: usize = 10;
/// How many idle connections the runtime keeps. With boto3's limit of 10, a hundred concurrent
/// calls would keep opening ninety new connections. The pool holds at most as many as were in use
/// at once, and closes them after some idle time ([`Pool::close_stale`]).
const MAX_IDLE_CONNECTIONS_OF_RUNTIME: usize = 1000;

/// Where requests go: an endpoint, how requests to it are signed, and the connections to it. A
/// client has one target; for failover it would have several.
pub struct Target {
    pub endpoint: Endpoint,
    pub auth: Auth,
    host: HeaderValue,
    server: OriginServer,
    pool_of_callers: Arc<Pool>,
    pool_of_runtime: Arc<Pool>,
}

impl Target {
    /// Error: `ValueError` for an endpoint that TLS cannot verify or that a header cannot contain.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let endpoint = settings.endpoint.clone();
        let options = ConnectOptions {
            verify: settings.verify.clone(),
            keepalive: settings.tcp_keepalive,
            proxy: settings.proxy.clone(),
        };
        let pool = |default| Arc::new(Pool::new(settings.max_idle_connections.unwrap_or(default)));
        Ok(Target {
            server: OriginServer {
                connector: Connector::new(endpoint.origin.clone(), options)?,
                endpoint_url: Arc::from(endpoint.url.trim_end_matches('/')),
            },
            host: header_value("endpoint_url", &endpoint.authority)?,
            endpoint,
            auth: settings.auth.clone(),
            pool_of_callers: pool(MAX_IDLE_CONNECTIONS),
            pool_of_runtime: pool(MAX_IDLE_CONNECTIONS_OF_RUNTIME),
        })
    }

    /// The value of the Host header.
    pub fn host(&self) -> &HeaderValue {
        &self.host
    }

    /// The endpoint's URL with this path, for error texts.
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
            let absolute = Uri::try_from(format!("http://{}{target}", self.endpoint.authority));
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
    pub fn close_idle_connections(&self) {
        self.pool_of_callers.clear();
        self.pool_of_runtime.clear();
    }
}

/// A setting as the value of a header.
pub fn header_value(name: &str, value: &str) -> Result<HeaderValue, Error> {
    let message = format!("{name} holds characters that a header cannot hold");
    HeaderValue::from_str(value).map_err(|_| Error::new(Kind::InvalidSetting { message }))
}

/// The error for a request that HTTP cannot carry.
pub fn unsendable(error: &dyn std::fmt::Display) -> Error {
    Error::new(Kind::UnsendableRequest { error: format!("the request cannot be sent: {error}") })
}
