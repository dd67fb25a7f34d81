//! The configuration of the SDK's clients for AWS's identity services, as botocore configures its
//! own nested clients.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::identity::IdentityCache;
use aws_config::provider_config::ProviderConfig;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::environment::Environment;
use crate::environment::url::HttpUrl;
use crate::error::Error;

/// Settings from the environment and the profile, but not from the arguments of the client that
/// needs the credentials. As in botocore, an invalid setting is an error only when credentials are
/// retrieved with it, because many clients need none of these services.
#[derive(Debug, Clone)]
pub struct IdentityClients {
    region: String,
    use_fips: bool,
    use_dualstack: bool,
    sts_endpoint_url: Result<Option<String>, Error>,
    sso_endpoint_url: Result<Option<String>, Error>,
    oidc_endpoint_url: Result<Option<String>, Error>,
    max_attempts: Result<u32, Error>,
}

impl IdentityClients {
    /// `max_attempts` is the total number of attempts that the environment and the profile allow.
    pub(crate) fn new(
        environment: &Environment,
        region: &str,
        max_attempts: Result<u32, Error>,
    ) -> Self {
        let is_set =
            |variable: &str, property: &str| environment.flag(variable, property) == Some(true);
        IdentityClients {
            region: region.to_owned(),
            use_fips: is_set("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            use_dualstack: is_set("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
            sts_endpoint_url: endpoint_url(environment, "sts"),
            sso_endpoint_url: endpoint_url(environment, "sso"),
            oidc_endpoint_url: endpoint_url(environment, "sso_oidc"),
            max_attempts,
        }
    }

    /// For clients of STS. Errors: those of settings in the environment and the profile.
    pub(super) fn sts(&self, http_client: &SharedHttpClient) -> Result<SdkConfig, Error> {
        self.sdk_config(http_client, &self.sts_endpoint_url)
    }

    /// For clients of the SSO portal. The caller sets the region.
    pub(super) fn sso(&self, http_client: &SharedHttpClient) -> Result<SdkConfig, Error> {
        self.sdk_config(http_client, &self.sso_endpoint_url)
    }

    /// For clients of the service that refreshes SSO tokens. The caller sets the region.
    pub(super) fn oidc(&self, http_client: &SharedHttpClient) -> Result<SdkConfig, Error> {
        self.sdk_config(http_client, &self.oidc_endpoint_url)
    }

    /// For providers of `aws-config`.
    pub(super) fn provider_config(
        &self,
        http_client: &SharedHttpClient,
    ) -> Result<ProviderConfig, Error> {
        Ok(ProviderConfig::empty()
            .with_http_client(http_client.clone())
            .with_sleep_impl(TokioSleep::new())
            .with_time_source(SystemTimeSource::new())
            .with_region(Some(Region::new(self.region.clone())))
            .with_use_fips(Some(self.use_fips))
            .with_use_dual_stack(Some(self.use_dualstack))
            .with_retry_config(self.retries()?)
            .with_timeout_config(IdentityClients::timeouts()))
    }

    fn sdk_config(
        &self,
        http_client: &SharedHttpClient,
        endpoint_url: &Result<Option<String>, Error>,
    ) -> Result<SdkConfig, Error> {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http_client.clone())
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            .identity_cache(IdentityCache::no_cache())
            .region(Region::new(self.region.clone()))
            .retry_config(self.retries()?)
            .timeout_config(IdentityClients::timeouts());
        match endpoint_url.clone()? {
            Some(url) => config.set_endpoint_url(Some(url)),
            None => config
                .set_use_fips(Some(self.use_fips))
                .set_use_dual_stack(Some(self.use_dualstack)),
        };
        Ok(config.build())
    }

    fn timeouts() -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(60))
            .build()
    }

    fn retries(&self) -> Result<RetryConfig, Error> {
        Ok(RetryConfig::standard().with_max_attempts(self.max_attempts.clone()?))
    }
}

/// The URL that is configured for a service, in a form that all libraries parse in the same way.
fn endpoint_url(environment: &Environment, service: &str) -> Result<Option<String>, Error> {
    let ignored =
        environment.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
    if ignored == Some(true) {
        return Ok(None);
    }
    let url = environment.endpoint_url(service)?;
    url.map(|url| Ok(HttpUrl::parse(&url)?.without_user())).transpose()
}

/// The text of an SDK error with its causes. If a request could not be sent, the SDK's text may
/// quote the whole request with the tokens in it, so only the text of our own connection error is
/// used.
pub(super) fn text_with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut texts = vec![error.to_string()];
    let mut current = error;
    while let Some(cause) = current.source() {
        if current.is::<ConnectorError>() && !cause.is::<Error>() {
            texts.push("the request could not be sent".to_owned());
            break;
        }
        texts.push(cause.to_string());
        current = cause;
    }
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_cannot_be_sent_is_not_quoted() {
        let ours = Error::new(crate::error::Kind::HttpClient { error: "shown".into() });
        for (cause, expected) in [
            (ConnectorError::io(ours.into()), "shown"),
            (ConnectorError::other("hidden".into(), None), "could not be sent"),
            (ConnectorError::user("hidden".into()), "could not be sent"),
        ] {
            let text = text_with_causes(&cause);
            assert!(text.contains(expected) && !text.contains("hidden"), "{text}");
        }
    }
}
