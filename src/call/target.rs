//! Where requests go.

use std::sync::Arc;

use http::header::HeaderValue;
use http::uri::PathAndQuery;

use crate::call::connections::{Connections, unsendable};
use crate::call::prepared::PreparedCall;
use crate::call::sigv4::CanonicalCache;
use crate::config::auth::Auth;
use crate::config::endpoint::Endpoint;
use crate::config::settings::Settings;
use crate::error::{Error, Kind};
use crate::model::Operation;
use crate::runtime::recent::Recent;

/// Where requests go: an endpoint, how requests to it are signed, and the connections to it. A
/// client has one target; for failover it would have several.
pub struct Target {
    pub endpoint: Endpoint,
    pub auth: Auth,
    pub connections: Arc<Connections>,
    pub canonical_cache: CanonicalCache,
    host: HeaderValue,
    paths: Recent<KnownPath>,
}

/// The path of calls of this operation with these labels and without a query.
struct KnownPath {
    operation: &'static Operation,
    labels: Vec<(usize, String)>,
    path: PathAndQuery,
}

impl Target {
    /// Error: `ValueError` for an endpoint that TLS cannot verify or that a header cannot contain.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let endpoint = settings.endpoint.clone();
        Ok(Target {
            connections: Arc::new(Connections::to_endpoint(settings)?),
            host: header_value("endpoint_url", &endpoint.authority)?,
            endpoint,
            paths: Recent::default(),
            auth: settings.auth.clone(),
            canonical_cache: CanonicalCache::default(),
        })
    }

    /// Path and query of the call's request, escaped.
    ///
    /// Error: `HTTPClientError` for a call whose path is incomplete or cannot be sent.
    pub fn path_and_query(&self, call: &PreparedCall) -> Result<PathAndQuery, Error> {
        let is_known = |known: &KnownPath| {
            std::ptr::eq(known.operation, call.operation) && known.labels == call.labels
        };
        if call.query.is_empty()
            && let Some(known) = self.paths.find(is_known)
        {
            return Ok(known.path.clone());
        }
        let path = call.path_and_query(&self.endpoint.path_prefix)?;
        let path = PathAndQuery::try_from(path).map_err(|error| unsendable(&error))?;
        if call.query.is_empty() {
            let (operation, labels) = (call.operation, call.labels.clone());
            self.paths.add(KnownPath { operation, labels, path: path.clone() }, |_| true);
        }
        Ok(path)
    }

    /// The value of the Host header.
    pub fn host(&self) -> &HeaderValue {
        &self.host
    }
}

/// A setting as the value of a header.
pub fn header_value(name: &str, value: &str) -> Result<HeaderValue, Error> {
    let message = format!("{name} holds characters that a header cannot hold");
    HeaderValue::from_str(value).map_err(|_| Error::new(Kind::InvalidSetting { message }))
}
