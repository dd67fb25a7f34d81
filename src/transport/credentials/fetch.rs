//! Asks a source for keys, most of the time through `aws-config`'s provider for it.

use std::error::Error as _;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::BehaviorVersion;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::login::LoginCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sso::SsoCredentialsProvider;
use aws_config::sts::AssumeRoleProvider;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::identity::Identity;
use super::source::{Role, Source, SsoRole, WebIdentity, environment_keys, partial};
use crate::transport::connector::describe;
use crate::transport::error::{Error, Kind};
use crate::transport::log;
use crate::transport::scope::Scope;

/// How AWS's identity services are called: botocore's nested clients, which hear the environment
/// and the profile but not the arguments of the client that they serve.
#[derive(Debug, Clone)]
pub struct NestedClients {
    region: String,
    use_fips: bool,
    use_dualstack: bool,
    sts_endpoint_url: Option<String>,
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
            .with_retry_config(RetryConfig::standard())
            .with_timeout_config(NestedClients::timeouts())
    }

    fn sts(&self, http_client: &SharedHttpClient) -> SdkConfig {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client.clone())
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            .region(Region::new(self.region.clone()))
            .retry_config(RetryConfig::standard())
            .timeout_config(NestedClients::timeouts());
        match &self.sts_endpoint_url {
            Some(url) => config.set_endpoint_url(Some(url.clone())),
            None => config
                .set_use_fips(Some(self.use_fips))
                .set_use_dual_stack(Some(self.use_dualstack)),
        };
        config.build()
    }
}

/// Asks the source. `Ok(None)`: the chain ends here without any keys.
pub(super) fn fetch<'a>(
    source: &'a Source,
    nested_clients: &'a NestedClients,
    http_client: &'a SharedHttpClient,
) -> Pin<Box<dyn Future<Output = Result<Option<Identity>, Error>> + Send + 'a>> {
    Box::pin(async move {
        let method = source.method();
        log::looking_for_credentials(method);
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
            Source::InstanceMetadata(service) => return service.fetch().await,
            Source::Nowhere => return Ok(None),
            Source::AssumeRole(role) => {
                let Some(keys) = fetch(&role.source, nested_clients, http_client).await? else {
                    return Err(failed(method, "the keys to assume the role with were not found"));
                };
                let config = nested_clients.sts(http_client);
                assume_role(role, &config, keys).await.provide_credentials().await
            }
            Source::WebIdentity(identity) => {
                web_identity(identity, &configured()).provide_credentials().await
            }
            Source::Sso(role) => sso(role, &configured()).provide_credentials().await,
            Source::Login { session } => {
                let builder = LoginCredentialsProvider::builder(session).configure(&configured());
                builder.build().provide_credentials().await
            }
            Source::Container => {
                let builder = EcsCredentialsProvider::builder().configure(&configured());
                builder.build().provide_credentials().await
            }
        };
        match found {
            Ok(credentials) => Ok(Some(Identity::found(credentials, method))),
            // Its own text only says that something failed.
            Err(error) => Err(failed(method, &describe(error.source().unwrap_or(&error)))),
        }
    })
}

async fn assume_role(role: &Role, config: &SdkConfig, keys: Identity) -> AssumeRoleProvider {
    let mut builder = AssumeRoleProvider::builder(&role.arn)
        .session_name(session_name(role.session_name.as_deref()))
        .configure(config);
    if let Some(external_id) = &role.external_id {
        builder = builder.external_id(external_id);
    }
    if let Some(duration) = role.duration {
        builder = builder.session_length(duration);
    }
    builder.build_from_provider(keys.credentials().clone()).await
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

fn sso(role: &SsoRole, config: &ProviderConfig) -> SsoCredentialsProvider {
    let mut builder = SsoCredentialsProvider::builder()
        .configure(config)
        .account_id(&role.account_id)
        .role_name(&role.role_name)
        .start_url(&role.start_url)
        .region(Region::new(role.region.clone()));
    builder.set_session_name(role.session.clone());
    builder.build()
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
