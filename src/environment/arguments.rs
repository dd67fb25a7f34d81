//! The arguments of a client, including those in its `config=`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// [`Arguments::signature_version`] for `botocore.UNSIGNED`.
pub const UNSIGNED: &str = "unsigned";

/// boto3's arguments by their names; `None` if the caller did not pass one. The options of
/// `config=` are among them; `config_` precedes the name of an option that is also an argument.
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
    /// A Python object provides the credentials. Python asks the object before each call.
    pub external_credentials: bool,
    /// A Python object provides the bearer token, unless another token is configured.
    pub external_token: bool,
    pub connect_timeout: Option<Timeout>,
    pub read_timeout: Option<Timeout>,
    pub retry_mode: Option<String>,
    /// The total number of attempts, including the first one.
    pub total_max_attempts: Option<u32>,
    /// Whether to retry after a read timeout, as boto3 does. Off by default.
    pub retry_read_timeout: bool,
    pub max_pool_connections: Option<usize>,
    pub tcp_keepalive: Option<bool>,
    /// Name and version of a program that uses botocore, for the User-Agent: e.g.
    /// `awswrangler/3.0`.
    pub user_agent_name: Option<String>,
    pub user_agent: Option<String>,
    pub user_agent_extra: Option<String>,
    pub user_agent_appid: Option<String>,
    /// The programming language of the caller, for the User-Agent: e.g. `python#3.12.4`.
    pub user_agent_language: Option<String>,
    /// botocore's name of a signature version, or [`UNSIGNED`].
    pub signature_version: Option<String>,
    pub auth_scheme_preference: Option<String>,
    pub use_fips_endpoint: Option<bool>,
    pub use_dualstack_endpoint: Option<bool>,
    pub ignore_configured_endpoint_urls: Option<bool>,
    /// Maps a URL's scheme to its proxy. If set, the environment's proxies are ignored.
    pub proxies: Option<BTreeMap<String, String>>,
}

/// A timeout that the caller passed: `Timeout(None)` means no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timeout(pub Option<Duration>);

impl Timeout {
    /// 292 years, the longest timeout that Python's sockets accept. A limit is needed because
    /// adding too long a duration to an `Instant` panics.
    pub const LONGEST: Duration = Duration::from_secs(9_223_372_036);
}

/// Which authorities may have signed the certificate of a TLS server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verify {
    /// The system's roots, or the bundled ones if the system has none.
    Default,
    /// Any certificate is accepted.
    Off,
    /// The certificates in this PEM file.
    Bundle(PathBuf),
}
