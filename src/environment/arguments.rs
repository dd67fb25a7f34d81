//! The arguments of a client, and of its `config=`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// [`Arguments::signature_version`] for `botocore.UNSIGNED`.
pub const UNSIGNED: &str = "unsigned";

/// What the caller said, argument by argument; `None` where the caller said nothing. boto3's
/// names. Values of `config=` are here already, with the prefix where both can be given.
#[derive(Clone, Default)]
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
    /// The same for the token of the bearer scheme, where no other token is configured.
    pub external_token: bool,
    pub connect_timeout: Option<Timeout>,
    pub read_timeout: Option<Timeout>,
    pub retry_mode: Option<String>,
    /// Attempts in total, the first one included.
    pub total_max_attempts: Option<u32>,
    /// Send again after a read timeout, as boto3 does; off unless asked for.
    pub retry_read_timeout: bool,
    pub max_pool_connections: Option<usize>,
    pub tcp_keepalive: Option<bool>,
    /// Name and version of a program around botocore, e.g. `awswrangler/3.0`, for the User-Agent.
    pub user_agent_name: Option<String>,
    pub user_agent: Option<String>,
    pub user_agent_extra: Option<String>,
    pub user_agent_appid: Option<String>,
    /// What calls this code, for the User-Agent: e.g. `python#3.12.4`.
    pub user_agent_language: Option<String>,
    /// botocore's name of a signature version, or [`UNSIGNED`].
    pub signature_version: Option<String>,
    pub auth_scheme_preference: Option<String>,
    pub use_fips_endpoint: Option<bool>,
    pub use_dualstack_endpoint: Option<bool>,
    pub ignore_configured_endpoint_urls: Option<bool>,
    /// From a URL's scheme to the proxy for it; the environment's are not looked at then.
    pub proxies: Option<BTreeMap<String, String>>,
}

/// A timeout that was given: `None` inside means to wait without limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timeout(pub Option<Duration>);

impl Timeout {
    /// 292 years, the longest timeout that Python's sockets take. Adding too long a duration to an
    /// `Instant` panics.
    pub const LONGEST: Duration = Duration::from_secs(9_223_372_036);
}

/// Whom a TLS peer must be signed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verify {
    /// The system's roots, or the bundled ones where the system has none.
    Default,
    /// Nobody: accept any certificate.
    Off,
    /// The certificates in this PEM file.
    Bundle(PathBuf),
}
