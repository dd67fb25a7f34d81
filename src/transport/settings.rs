//! What a client was told ([`Arguments`]) and what it works with ([`Settings`]).

use std::path::PathBuf;
use std::time::Duration;

/// What the caller said, argument by argument; `None` where the caller said nothing. boto3's
/// names. Values of `config=` are here already, with the prefix where both can be given.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    pub region_name: Option<String>,
    pub config_region_name: Option<String>,
    pub profile_name: Option<String>,
    pub use_ssl: Option<bool>,
    pub verify: Option<Verify>,
    pub endpoint_url: Option<String>,
    pub aws_access_key_id: Option<String>,
    pub aws_secret_access_key: Option<String>,
    pub aws_session_token: Option<String>,
    /// A Bedrock API key (bearer token).
    pub api_key: Option<String>,
    /// Credentials come from a Python object, asked by the face before each call.
    pub external_credentials: bool,
    pub connect_timeout: Option<Timeout>,
    pub read_timeout: Option<Timeout>,
    pub retry_mode: Option<String>,
    /// Attempts in total, the first one included.
    pub total_max_attempts: Option<u32>,
    /// Send again after a read timeout, as boto3 does; off unless asked for.
    pub retry_read_timeout: bool,
    pub max_pool_connections: Option<usize>,
    pub user_agent: Option<String>,
    pub user_agent_extra: Option<String>,
    pub user_agent_appid: Option<String>,
    pub signature_version: Option<String>,
    pub auth_scheme_preference: Option<String>,
    pub use_fips_endpoint: Option<bool>,
    pub use_dualstack_endpoint: Option<bool>,
    pub ignore_configured_endpoint_urls: Option<bool>,
    pub ca_bundle: Option<PathBuf>,
}

/// A timeout that was given: `None` inside means to wait without limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timeout(pub Option<Duration>);

/// Whom a TLS peer must be signed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verify {
    /// The system's roots, or the bundled ones where the system has none.
    Default,
    /// Nobody: accept any certificate.
    Off,
    /// The certificates in this PEM file or directory.
    Bundle(PathBuf),
}
