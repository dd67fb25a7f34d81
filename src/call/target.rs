//! Where requests go.

use std::sync::Arc;

use http::header::HeaderValue;

use crate::call::connections::Connections;
use crate::call::sigv4::CanonicalCache;
use crate::config::auth::Auth;
use crate::config::endpoint::Endpoint;
use crate::config::settings::Settings;
use crate::error::{Error, Kind};

/// Where requests go: an endpoint, how requests to it are signed, and the connections to it. A
/// client has one target; for failover it would have several.
pub struct Target {
    pub endpoint: Endpoint,
    pub auth: Auth,
    pub connections: Arc<Connections>,
    pub canonical_cache: CanonicalCache,
    host: HeaderValue,
}

impl Target {
    /// Error: `ValueError` for an endpoint that TLS cannot verify or that a header cannot contain.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let endpoint = settings.endpoint.clone();
        Ok(Target {
            connections: Arc::new(Connections::to_endpoint(settings)?),
            host: header_value("endpoint_url", &endpoint.authority)?,
            endpoint,
            auth: settings.auth.clone(),
            canonical_cache: CanonicalCache::default(),
        })
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
