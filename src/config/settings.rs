//! What a client works with.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::Env;

use crate::config::endpoint::{self, Choice};
use crate::config::retry_mode::RetryMode;
use crate::config::user_agent::user_agent;
use crate::credentials::identity_http::IdentityHttp;
use crate::credentials::{Credentials, NestedClients, SessionCredentials};
use crate::environment::arguments::{Arguments, Timeout, Verify};
use crate::environment::region;
use crate::environment::scope::Scope;
use crate::error::{Error, Kind};
use crate::http::proxy::{self, Proxy};
use crate::log;
use crate::model::Service;

pub use crate::config::auth::Auth;
pub use crate::config::endpoint::Endpoint;

/// What a client works with. Made once, never changed.
#[derive(Clone)]
pub struct Settings {
    pub service: &'static Service,
    pub region: String,
    pub endpoint: Endpoint,
    pub partition: &'static str,
    pub auth: Auth,
    pub retry_mode: RetryMode,
    /// Attempts in total where somebody said how many; see [`Settings::max_attempts`].
    pub total_max_attempts: Option<u32>,
    /// `None`: without limit.
    pub connect_timeout: Option<Duration>,
    /// How long the server may stay silent; `None`: without limit.
    pub read_timeout: Option<Duration>,
    pub retry_read_timeout: bool,
    /// How many idle connections are kept, where somebody said.
    pub max_idle_connections: Option<usize>,
    pub verify: Verify,
    /// Whether the kernel watches over silent connections.
    pub tcp_keepalive: bool,
    /// Stands between the client and its endpoint.
    pub proxy: Option<Proxy>,
    pub user_agent: String,
    /// Warnings for the caller about values in the environment and the profile.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Resolves what the caller said with environment variables and profile files, by botocore's
    /// precedence. Reads nothing else; never the network.
    ///
    /// Errors: `InvalidRegionError`, `ConfigParseError`, `ProfileNotFound`, `NoRegionError`,
    /// `ValueError` (an invalid URL or number), `EndpointVariantError`, `InvalidConfigError`,
    /// `PartialCredentialsError`, `InvalidMaxRetryAttemptsError`, `InvalidRetryModeError`.
    ///
    /// `session_credentials` is what the clients of the caller's session share, if there is one.
    pub fn resolve(
        service: &'static Service,
        arguments: Arguments,
        session_credentials: Option<&SessionCredentials>,
    ) -> Result<Self, Error> {
        Settings::resolve_in(service, arguments, session_credentials, Env::real(), |verify| {
            SharedHttpClient::new(IdentityHttp { verify: verify.clone() })
        })
    }

    fn resolve_in(
        service: &'static Service,
        arguments: Arguments,
        session_credentials: Option<&SessionCredentials>,
        env: Env,
        http_client: impl FnOnce(&Verify) -> SharedHttpClient,
    ) -> Result<Self, Error> {
        let (scope, region_name) = Scope::of(&arguments, env)?;
        let endpoint_url = endpoint_url(service, &arguments, &scope)?;
        let region_name = region_name.ok_or_else(|| Error::new(Kind::NoRegion))?;
        let (region, fips_region) = region::without_fips(&region_name);
        let use_fips = scope.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
        let use_dualstack = scope.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
        let choice = Choice {
            region: &region,
            use_fips: fips_region || arguments.use_fips_endpoint.or(use_fips).unwrap_or(false),
            use_dualstack: arguments.use_dualstack_endpoint.or(use_dualstack).unwrap_or(false),
            use_ssl: arguments.use_ssl.unwrap_or(true),
            endpoint_url,
        };
        let (endpoint, partition) = endpoint::resolve(service, choice)?;
        let verify = verify(&arguments, &scope)?;
        let make_credentials = |source| {
            let nested_clients = NestedClients::of(&scope, &region);
            Credentials::new(source, nested_clients, http_client(&configured_verify(&scope)))
        };
        let auth = Auth::choose(
            service,
            &arguments,
            session_credentials,
            &scope,
            &endpoint,
            make_credentials,
        )?;
        let total_max_attempts = total_max_attempts(&arguments, &scope)?;
        let retry_mode = retry_mode(&arguments, &scope)?;
        // As in boto3, no_proxy is compared with the URL as it was written, because `host:443` in
        // no_proxy is meant for URLs that name the port.
        let written = endpoint.url.trim().parse();
        let written = written.as_ref().unwrap_or(&endpoint.origin);
        let proxy = proxy::choose(written, arguments.proxies.as_ref(), &scope.env)?;
        Ok(Settings {
            service,
            endpoint,
            partition,
            auth,
            retry_mode,
            total_max_attempts,
            connect_timeout: limit(arguments.connect_timeout, CONNECT_TIMEOUT),
            read_timeout: limit(arguments.read_timeout, READ_TIMEOUT),
            retry_read_timeout: arguments.retry_read_timeout,
            max_idle_connections: arguments.max_pool_connections,
            verify,
            tcp_keepalive: arguments.tcp_keepalive.unwrap_or(true),
            proxy,
            user_agent: user_agent(&arguments, &scope, retry_mode.name()),
            warnings: scope.warnings(),
            region,
        })
    }

    /// Tells what the client works with.
    pub fn log(&self) {
        if log::is_on() {
            log::client_created(log::ClientFacts {
                service: self.service.name,
                region: &self.region,
                host: &self.endpoint.authority,
                proxy: self.proxy.as_ref().map(Proxy::without_password),
                credentials: self.auth.method(),
                retry_mode: self.retry_mode.name(),
                max_attempts: self.max_attempts(),
                connect_timeout: self.connect_timeout,
                read_timeout: self.read_timeout,
            });
        }
    }

    /// Attempts in total, the first one included.
    pub fn max_attempts(&self) -> u32 {
        self.total_max_attempts.unwrap_or_else(|| self.retry_mode.default_max_attempts())
    }
}

/// boto3 waits 60 s; an address that answers at all does so within a few.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// boto3 waits 60 s, which a long answer of a model outlasts.
const READ_TIMEOUT: Duration = Duration::from_secs(600);

fn limit(given: Option<Timeout>, default: Duration) -> Option<Duration> {
    given.map_or(Some(default), |Timeout(limit)| limit).map(|limit| limit.min(Timeout::LONGEST))
}

fn endpoint_url(
    service: &Service,
    arguments: &Arguments,
    scope: &Scope,
) -> Result<Option<String>, Error> {
    if arguments.endpoint_url.is_some() {
        return Ok(arguments.endpoint_url.clone());
    }
    let ignored = arguments.ignore_configured_endpoint_urls.or_else(|| {
        scope.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")
    });
    if ignored == Some(true) {
        Ok(None)
    } else {
        scope.endpoint_url(&service.name.replace('-', "_"))
    }
}

/// Attempts in total, the first one included, in the mode that is set.
///
/// Errors: `InvalidRetryModeError`, `InvalidMaxRetryAttemptsError`, `ValueError`.
pub(crate) fn max_attempts(arguments: &Arguments, scope: &Scope) -> Result<u32, Error> {
    let said = total_max_attempts(arguments, scope)?;
    let mode = retry_mode(arguments, scope)?;
    Ok(said.unwrap_or_else(|| mode.default_max_attempts()))
}

fn retry_mode(arguments: &Arguments, scope: &Scope) -> Result<RetryMode, Error> {
    let name = arguments.retry_mode.clone();
    match name.or_else(|| scope.configured("AWS_RETRY_MODE", "retry_mode")) {
        None => Ok(RetryMode::Standard),
        Some(provided_retry_mode) => RetryMode::find(&provided_retry_mode)
            .ok_or_else(|| Error::new(Kind::InvalidRetryMode { provided_retry_mode })),
    }
}

fn total_max_attempts(arguments: &Arguments, scope: &Scope) -> Result<Option<u32>, Error> {
    let said = match arguments.total_max_attempts {
        Some(attempts) => Some(i64::from(attempts)),
        None => scope.integer("AWS_MAX_ATTEMPTS", "max_attempts")?,
    };
    match said {
        Some(attempts) if attempts < 1 => Err(Error::new(Kind::InvalidMaxRetryAttempts {
            provided_max_attempts: attempts.to_string(),
            min_value: 1,
        })),
        attempts => Ok(attempts.map(|attempts| u32::try_from(attempts).unwrap_or(u32::MAX))),
    }
}

fn verify(arguments: &Arguments, scope: &Scope) -> Result<Verify, Error> {
    let verify = arguments.verify.clone().unwrap_or_else(|| configured_verify(scope));
    match &verify {
        Verify::Bundle(path) if path.to_string_lossy().trim().is_empty() => {
            Err(Error::new(Kind::InvalidConfig {
                error_msg: "Invalid CA bundle: the configured value (ca_bundle, AWS_CA_BUNDLE, \
                            REQUESTS_CA_BUNDLE, or verify) resolved to an empty or \
                            whitespace-only string. Provide a valid path to a CA bundle file."
                    .to_owned(),
            }))
        }
        _ => Ok(verify),
    }
}

/// What environment and profile say, which is also what counts for AWS's identity services.
fn configured_verify(scope: &Scope) -> Verify {
    scope
        .configured("AWS_CA_BUNDLE", "ca_bundle")
        .or_else(|| scope.variable("REQUESTS_CA_BUNDLE"))
        .map_or(Verify::Default, |path| Verify::Bundle(path.into()))
}

#[cfg(test)]
mod tests;
