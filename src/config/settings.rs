//! The settings of one client, resolved from every place that can set them.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::Env;

use crate::config::endpoint::{self, EndpointParameters};
use crate::config::retries;
use crate::config::retry_mode::RetryMode;
use crate::config::user_agent::user_agent;
use crate::credentials::identity_http::IdentityHttp;
use crate::credentials::{CredentialsCache, IdentityClients, SessionCredentials};
use crate::environment::Environment;
use crate::environment::arguments::{Arguments, Timeout, Verify};
use crate::environment::region;
use crate::error::{Error, Kind};
use crate::http::proxy::{self, Proxy};
use crate::log;
use crate::model::Service;

pub use crate::config::auth::Auth;
pub use crate::config::endpoint::Endpoint;

/// The settings of one client. They never change.
#[derive(Clone)]
pub struct Settings {
    pub service: &'static Service,
    pub region: String,
    pub endpoint: Endpoint,
    pub partition: &'static str,
    pub auth: Auth,
    pub retry_mode: RetryMode,
    /// The configured total number of attempts; see [`Settings::max_attempts`].
    pub total_max_attempts: Option<u32>,
    /// `None` means no limit.
    pub connect_timeout: Option<Duration>,
    /// The longest wait for bytes from the server; `None` means no limit.
    pub read_timeout: Option<Duration>,
    pub retry_read_timeout: bool,
    /// How many idle connections are kept, if configured.
    pub max_idle_connections: Option<usize>,
    pub verify: Verify,
    /// Whether the kernel checks that silent connections are alive.
    pub tcp_keepalive: bool,
    /// The proxy in front of the endpoint.
    pub proxy: Option<Proxy>,
    /// The proxies of the Config, by scheme.
    proxies: Option<BTreeMap<String, String>>,
    pub user_agent: String,
    /// Warnings to the caller about values in the environment and the profile.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Combines the arguments with environment variables and profile files, by botocore's
    /// precedence. Does not use the network.
    ///
    /// Errors: `InvalidRegionError`, `ConfigParseError`, `ProfileNotFound`, `NoRegionError`,
    /// `ValueError` (an invalid URL or number), `EndpointVariantError`, `InvalidConfigError`,
    /// `PartialCredentialsError`, `InvalidMaxRetryAttemptsError`, `InvalidRetryModeError`.
    ///
    /// `session_credentials` are shared with the other clients of the caller's session, if there is
    /// one.
    pub fn resolve(
        service: &'static Service,
        arguments: Arguments,
        session_credentials: Option<&SessionCredentials>,
    ) -> Result<Self, Error> {
        let (environment, region_name) = Environment::read_real(&arguments)?;
        let region_name = region_name.as_deref();
        Settings::resolve_within(
            service,
            &arguments,
            session_credentials,
            &environment,
            region_name,
        )
    }

    /// [`Settings::resolve`] with an environment that has been read already.
    pub fn resolve_within(
        service: &'static Service,
        arguments: &Arguments,
        session_credentials: Option<&SessionCredentials>,
        environment: &Environment,
        region_name: Option<&str>,
    ) -> Result<Self, Error> {
        let http_client =
            |verify: &Verify| SharedHttpClient::new(IdentityHttp { verify: verify.clone() });
        Settings::resolve_in(
            service,
            arguments,
            session_credentials,
            environment,
            region_name,
            http_client,
        )
    }

    fn resolve_in(
        service: &'static Service,
        arguments: &Arguments,
        session_credentials: Option<&SessionCredentials>,
        environment: &Environment,
        region_name: Option<&str>,
        http_client: impl FnOnce(&Verify) -> SharedHttpClient,
    ) -> Result<Self, Error> {
        let endpoint_url = endpoint_url(service, arguments, environment)?;
        let region_name = region_name.ok_or_else(|| Error::new(Kind::NoRegion))?;
        let (region, fips_region) = region::without_fips(region_name);
        let use_fips = environment.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
        let use_dualstack =
            environment.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
        let parameters = EndpointParameters {
            region: &region,
            use_fips: fips_region || arguments.use_fips_endpoint.or(use_fips).unwrap_or(false),
            use_dualstack: arguments.use_dualstack_endpoint.or(use_dualstack).unwrap_or(false),
            use_ssl: arguments.use_ssl.unwrap_or(true),
            endpoint_url,
        };
        let (endpoint, partition) = endpoint::resolve(service, parameters)?;
        let verify = verify(arguments, environment)?;
        let make_cache = |source| {
            let max_attempts = retries::max_attempts(&Arguments::default(), environment);
            let clients = IdentityClients::new(environment, &region, max_attempts);
            CredentialsCache::new(source, clients, http_client(&configured_verify(environment)))
        };
        let auth = Auth::choose(
            service,
            arguments,
            session_credentials,
            environment,
            &endpoint,
            make_cache,
        )?;
        let total_max_attempts = retries::total_max_attempts(arguments, environment)?;
        let retry_mode = retries::retry_mode(arguments, environment)?;
        // As in boto3, no_proxy is compared with the URL as it was written, because `host:443` in
        // no_proxy is meant for URLs that name the port.
        let written = endpoint.url.trim().parse();
        let written = written.as_ref().unwrap_or(&endpoint.origin);
        let proxy = proxy::choose(written, arguments.proxies.as_ref(), &environment.variables)?;
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
            proxies: arguments.proxies.clone(),
            user_agent: user_agent(arguments, environment, retry_mode.name()),
            warnings: environment.warnings(),
            region,
        })
    }

    /// The proxy in front of another server than the endpoint.
    ///
    /// Error: `ValueError` for a proxy that cannot be used.
    pub fn proxy_for(&self, url: &http::Uri) -> Result<Option<Proxy>, Error> {
        proxy::choose(url, self.proxies.as_ref(), &Env::real())
    }

    /// Logs the settings.
    pub fn log(&self) {
        if log::is_on() {
            log::client_created(log::ClientSettings {
                service: self.service.name,
                region: &self.region,
                host: &self.endpoint.authority,
                proxy: self.proxy.as_ref().map(Proxy::without_password),
                credential_method: self.auth.method(),
                retry_mode: self.retry_mode.name(),
                max_attempts: self.max_attempts(),
                connect_timeout: self.connect_timeout,
                read_timeout: self.read_timeout,
            });
        }
    }

    /// The total number of attempts, including the first one.
    pub fn max_attempts(&self) -> u32 {
        self.total_max_attempts.unwrap_or_else(|| self.retry_mode.default_max_attempts())
    }
}

/// boto3 waits for 60 s, but an address that accepts a connection does so within a few seconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// boto3 waits for 60 s, but a model may take longer for a long response.
const READ_TIMEOUT: Duration = Duration::from_secs(600);

fn limit(argument: Option<Timeout>, default: Duration) -> Option<Duration> {
    argument.map_or(Some(default), |Timeout(limit)| limit).map(|limit| limit.min(Timeout::LONGEST))
}

fn endpoint_url(
    service: &Service,
    arguments: &Arguments,
    environment: &Environment,
) -> Result<Option<String>, Error> {
    if arguments.endpoint_url.is_some() {
        return Ok(arguments.endpoint_url.clone());
    }
    let ignored = arguments.ignore_configured_endpoint_urls.or_else(|| {
        environment.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")
    });
    if ignored == Some(true) {
        Ok(None)
    } else {
        environment.endpoint_url(&service.name.replace('-', "_"))
    }
}

fn verify(arguments: &Arguments, environment: &Environment) -> Result<Verify, Error> {
    let verify = arguments.verify.clone().unwrap_or_else(|| configured_verify(environment));
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

/// The value in the environment or the profile. It applies to AWS's identity services, too.
fn configured_verify(environment: &Environment) -> Verify {
    environment
        .configured("AWS_CA_BUNDLE", "ca_bundle")
        .or_else(|| environment.variable("REQUESTS_CA_BUNDLE"))
        .map_or(Verify::Default, |path| Verify::Bundle(path.into()))
}

#[cfg(test)]
mod tests;
