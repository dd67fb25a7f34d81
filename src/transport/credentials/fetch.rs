//! Asks a source for keys, most of the time through `aws-config`'s provider for it.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::identity::IdentityCache;
use aws_config::login::LoginCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::identity::Identity;
use super::mfa::Codes;
use super::role::Role;
use super::source::{Source, environment_keys, partial};
use super::{sso, sts};
use crate::transport::connector::describe;
use crate::transport::error::{Error, Kind};
use crate::transport::log;
use crate::transport::scope::Scope;

/// botocore's default.
const MAX_ATTEMPTS: i64 = 3;

/// How AWS's identity services are called: botocore's nested clients, which hear the environment
/// and the profile but not the arguments of the client that they serve.
#[derive(Debug, Clone)]
pub struct NestedClients {
    region: String,
    use_fips: bool,
    use_dualstack: bool,
    sts_endpoint_url: Option<String>,
    sso_endpoint_url: Option<String>,
    oidc_endpoint_url: Option<String>,
    max_attempts: u32,
}

impl NestedClients {
    pub(in crate::transport) fn of(scope: &Scope, region: &str) -> Self {
        let is_set = |variable: &str, property: &str| scope.flag(variable, property) == Some(true);
        let ignored =
            is_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
        let configured_url =
            |service: &str| scope.endpoint_url(service).ok().flatten().filter(|_| !ignored);
        NestedClients {
            region: region.to_owned(),
            use_fips: is_set("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            use_dualstack: is_set("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
            sts_endpoint_url: configured_url("sts"),
            sso_endpoint_url: configured_url("sso"),
            oidc_endpoint_url: configured_url("sso_oidc"),
            max_attempts: scope
                .integer("AWS_MAX_ATTEMPTS", "max_attempts")
                .ok()
                .flatten()
                .map_or(MAX_ATTEMPTS, |attempts| attempts.clamp(1, i64::from(u32::MAX)))
                .try_into()
                .unwrap_or(u32::MAX),
        }
    }

    fn timeouts() -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(60))
            .build()
    }

    fn provider_config(&self, http_client: &SharedHttpClient) -> ProviderConfig {
        ProviderConfig::empty()
            .with_http_client(http_client.clone())
            .with_sleep_impl(TokioSleep::new())
            .with_time_source(SystemTimeSource::new())
            .with_region(Some(Region::new(self.region.clone())))
            .with_use_fips(Some(self.use_fips))
            .with_use_dual_stack(Some(self.use_dualstack))
            .with_retry_config(self.retries())
            .with_timeout_config(NestedClients::timeouts())
    }

    /// For a client of the SDK's that is called at `endpoint_url`, or at its own.
    fn sdk_config(
        &self,
        http_client: &SharedHttpClient,
        endpoint_url: &Option<String>,
    ) -> SdkConfig {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client.clone())
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            .identity_cache(IdentityCache::no_cache())
            .region(Region::new(self.region.clone()))
            .retry_config(self.retries())
            .timeout_config(NestedClients::timeouts());
        match endpoint_url {
            Some(url) => config.set_endpoint_url(Some(url.clone())),
            None => config
                .set_use_fips(Some(self.use_fips))
                .set_use_dual_stack(Some(self.use_dualstack)),
        };
        config.build()
    }

    fn retries(&self) -> RetryConfig {
        RetryConfig::standard().with_max_attempts(self.max_attempts)
    }
}

/// Asks the source, with the codes of its MFA devices where it wants some. `Ok(None)`: the chain
/// ends here without any keys.
pub(super) async fn fetch(
    source: &Source,
    codes: &Codes,
    nested_clients: &NestedClients,
    http_client: &SharedHttpClient,
) -> Result<Option<Identity>, Error> {
    let Source::AssumeRole { roles, source } = source else {
        return place(source, nested_clients, http_client).await;
    };
    log::looking_for_credentials(sts::ASSUME_ROLE);
    // Roles whose keys still last need not be assumed again, nor those behind them.
    let lasting = (0..).zip(roles).find_map(|(index, role)| Some((index, role.lasting_keys()?)));
    let count = lasting.as_ref().map_or(roles.len(), |(index, _)| *index);
    let wants_code = |role: &Role| role.mfa_serial.is_some();
    let codes = if roles.iter().take(count).any(wants_code) { codes.take()? } else { Vec::new() };
    let mut codes = codes.iter();
    let mut assumed: Vec<_> = roles
        .iter()
        .take(count)
        .map(|role| (role, if wants_code(role) { codes.next() } else { None }))
        .collect();
    let keys = match lasting {
        Some((_, keys)) => Some(keys.as_ref().clone()),
        None => place(source, nested_clients, http_client).await?,
    };
    let missing = || failed(sts::ASSUME_ROLE, "the keys to assume the role with were not found");
    let mut keys = keys.ok_or_else(missing)?;
    let config = nested_clients.sdk_config(http_client, &nested_clients.sts_endpoint_url);
    while let Some((role, code)) = assumed.pop() {
        keys = sts::assume_role(role, code, &config, &keys)
            .await
            .map_err(|error| failed(sts::ASSUME_ROLE, &error))?;
        role.keys.store(Some(Arc::new(keys.clone())));
    }
    Ok(Some(keys))
}

/// Asks a source that is no role to assume.
async fn place(
    source: &Source,
    nested_clients: &NestedClients,
    http_client: &SharedHttpClient,
) -> Result<Option<Identity>, Error> {
    let method = source.method();
    log::looking_for_credentials(method);
    let found = match source {
        Source::Keys(identity) => return Ok(Some(identity.as_ref().clone())),
        Source::Environment { env, .. } => {
            return match environment_keys(env)? {
                None => Err(partial(method, "AWS_ACCESS_KEY_ID")),
                Some(identity) if identity.expires().is_none() => {
                    Err(partial(method, "AWS_CREDENTIAL_EXPIRATION"))
                }
                identity => Ok(identity),
            };
        }
        Source::Process(process) => return process.fetch().await.map(Some),
        Source::Container(container) => return container.fetch().await.map(Some),
        Source::InstanceMetadata(service) => return service.fetch().await,
        Source::Nowhere | Source::AssumeRole { .. } => return Ok(None),
        Source::Sso(role) => {
            let config = |url: &Option<String>| nested_clients.sdk_config(http_client, url);
            let portal = config(&nested_clients.sso_endpoint_url);
            let oidc = config(&nested_clients.oidc_endpoint_url);
            let keys = sso::fetch(role, portal, oidc).await;
            let keys = keys.map_err(|error| failed(method, &error))?;
            return Ok(Some(Identity::found(keys, method)));
        }
        Source::WebIdentity(identity) => {
            let config = nested_clients.sdk_config(http_client, &nested_clients.sts_endpoint_url);
            let keys = sts::web_identity(identity, &config).await;
            return keys.map(Some).map_err(|error| failed(method, &error));
        }
        Source::Login { session } => {
            let config = nested_clients.provider_config(http_client);
            let builder = LoginCredentialsProvider::builder(session).configure(&config);
            builder.build().provide_credentials().await
        }
    };
    match found {
        Ok(credentials) => Ok(Some(Identity::found(credentials, method))),
        // Its own text only says that something failed.
        Err(error) => Err(failed(method, &describe(error.source().unwrap_or(&error)))),
    }
}

pub(super) fn failed(provider: &str, error_msg: &str) -> Error {
    let (provider, error_msg) = (provider.to_owned(), error_msg.to_owned());
    Error::new(Kind::CredentialRetrieval { provider, error_msg })
}
