//! Asks a source for keys, most of the time through `aws-config`'s provider for it.

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::BehaviorVersion;
use aws_config::identity::IdentityCache;
use aws_config::login::LoginCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
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
use super::source::{Source, WebIdentity, environment_keys, partial};
use super::sso;
use crate::transport::connector::describe;
use crate::transport::error::{Error, Kind};
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
    max_attempts: u32,
}

impl NestedClients {
    pub(in crate::transport) fn of(scope: &Scope, region: &str) -> Self {
        let is_set = |variable: &str, property: &str| scope.flag(variable, property) == Some(true);
        let ignored =
            is_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
        NestedClients {
            region: region.to_owned(),
            use_fips: is_set("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            use_dualstack: is_set("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
            sts_endpoint_url: scope.endpoint_url("sts").ok().flatten().filter(|_| !ignored),
            sso_endpoint_url: scope.endpoint_url("sso").ok().flatten().filter(|_| !ignored),
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
    fn sdk_config(&self, http_client: &SharedHttpClient, endpoint_url: Option<&str>) -> SdkConfig {
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
            Some(url) => config.set_endpoint_url(Some(url.to_owned())),
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
    let missing = || failed(ASSUME_ROLE, "the keys to assume the role with were not found");
    let mut keys = keys.ok_or_else(missing)?;
    let config = nested_clients.sdk_config(http_client, nested_clients.sts_endpoint_url.as_deref());
    while let Some((role, code)) = assumed.pop() {
        keys = assume_role(role, code, &config, &keys)
            .await
            .map_err(|error| failed(ASSUME_ROLE, &error))?;
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
    let configured = || nested_clients.provider_config(http_client);
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
            let url = nested_clients.sso_endpoint_url.as_deref();
            let config = nested_clients.sdk_config(http_client, url);
            let keys = sso::fetch(role, &config).await.map_err(|error| failed(method, &error))?;
            return Ok(Some(Identity::found(keys, method)));
        }
        Source::WebIdentity(identity) => {
            web_identity(identity, &configured()).provide_credentials().await
        }
        Source::Login { session } => {
            let builder = LoginCredentialsProvider::builder(session).configure(&configured());
            builder.build().provide_credentials().await
        }
    };
    match found {
        Ok(credentials) => Ok(Some(Identity::found(credentials, method))),
        // Its own text only says that something failed.
        Err(error) => Err(failed(method, &describe(error.source().unwrap_or(&error)))),
    }
}

const ASSUME_ROLE: &str = "assume-role";

/// `aws-config` has a provider for it that knows no MFA devices.
async fn assume_role(
    role: &Role,
    code: Option<&String>,
    config: &SdkConfig,
    keys: &Identity,
) -> Result<Identity, String> {
    let provider = SharedCredentialsProvider::new(keys.credentials().clone());
    let config = config.to_builder().credentials_provider(provider).build();
    let answer = aws_sdk_sts::Client::new(&config)
        .assume_role()
        .role_arn(&role.arn)
        .role_session_name(session_name(role.session_name.as_deref()))
        .set_external_id(role.external_id.clone())
        .set_duration_seconds(role.duration)
        .set_serial_number(role.mfa_serial.clone())
        .set_token_code(code.cloned())
        .send()
        .await
        .map_err(|error| describe(&error))?;
    let keys = answer.credentials.ok_or("STS's answer has no keys")?;
    let expires = SystemTime::try_from(keys.expiration)
        .map_err(|_| "Expiration in STS's answer is out of range")?;
    let token = Some(keys.session_token);
    let identity = Identity::new(
        keys.access_key_id,
        keys.secret_access_key,
        token,
        Some(expires),
        ASSUME_ROLE,
    );
    // arn:aws:sts::123456789012:assumed-role/name/session
    let arn = answer.assumed_role_user.map(|user| user.arn).unwrap_or_default();
    Ok(identity.with_account_id(arn.split(':').nth(4)))
}

fn web_identity(
    identity: &WebIdentity,
    config: &ProviderConfig,
) -> WebIdentityTokenCredentialsProvider {
    WebIdentityTokenCredentialsProvider::builder()
        .static_configuration(StaticConfiguration {
            web_identity_token_file: identity.token_file.clone(),
            role_arn: identity.role_arn.clone(),
            session_name: session_name(identity.session_name.as_deref()),
        })
        .configure(config)
        .build()
}

/// AWS wants a name for the session; without one it tells who made it, and when.
fn session_name(configured: Option<&str>) -> String {
    configured.filter(|name| !name.is_empty()).map_or_else(
        || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            format!("fastbedrock-session-{}", now.as_secs())
        },
        str::to_owned,
    )
}

pub(super) fn failed(provider: &str, error_msg: &str) -> Error {
    let (provider, error_msg) = (provider.to_owned(), error_msg.to_owned());
    Error::new(Kind::CredentialRetrieval { provider, error_msg })
}
