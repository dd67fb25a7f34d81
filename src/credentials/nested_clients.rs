//! How AWS's identity services are called: the SDK's clients, told what botocore tells its nested
//! clients.

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

use crate::config::endpoint;
use crate::config::settings;
use crate::environment::arguments::Arguments;
use crate::environment::scope::Scope;
use crate::error::Error;

/// The settings of botocore's nested clients, which hear the environment and the profile but not
/// the arguments of the client that they serve. A setting that cannot be used is an error when keys
/// are fetched with it, as in botocore: many clients need none of these services.
#[derive(Debug, Clone)]
pub struct NestedClients {
    region: String,
    use_fips: bool,
    use_dualstack: bool,
    sts_endpoint_url: Result<Option<String>, Error>,
    sso_endpoint_url: Result<Option<String>, Error>,
    oidc_endpoint_url: Result<Option<String>, Error>,
    max_attempts: Result<u32, Error>,
}

impl NestedClients {
    pub(crate) fn of(scope: &Scope, region: &str) -> Self {
        let is_set = |variable: &str, property: &str| scope.flag(variable, property) == Some(true);
        NestedClients {
            region: region.to_owned(),
            use_fips: is_set("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            use_dualstack: is_set("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
            sts_endpoint_url: endpoint_url(scope, "sts"),
            sso_endpoint_url: endpoint_url(scope, "sso"),
            oidc_endpoint_url: endpoint_url(scope, "sso_oidc"),
            max_attempts: settings::max_attempts(&Arguments::default(), scope),
        }
    }

    /// For clients of STS. Errors: those of the environment's and the profile's settings.
    pub(super) fn sts(&self, http_client: &SharedHttpClient) -> Result<SdkConfig, Error> {
        self.sdk_config(http_client, &self.sts_endpoint_url)
    }

    /// For clients of the SSO portal, but for the region.
    pub(super) fn sso(&self, http_client: &SharedHttpClient) -> Result<SdkConfig, Error> {
        self.sdk_config(http_client, &self.sso_endpoint_url)
    }

    /// For clients of the service that refreshes SSO tokens, but for the region.
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
            .with_timeout_config(NestedClients::timeouts()))
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
            .timeout_config(NestedClients::timeouts());
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

/// The URL that is configured for a service, in a form that every library reads in the same way.
fn endpoint_url(scope: &Scope, service: &str) -> Result<Option<String>, Error> {
    let ignored =
        scope.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
    if ignored == Some(true) {
        return Ok(None);
    }
    let url = scope.endpoint_url(service)?;
    url.map(|url| Ok(endpoint::parse(&url)?.url())).transpose()
}

/// An error of the SDK's with its causes. Where the SDK could not send a request, its own text may
/// quote the whole request with the tokens in it, so only our connection's text is passed on.
pub(super) fn told(error: &(dyn std::error::Error + 'static)) -> String {
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
        for (cause, text) in [
            (ConnectorError::io(ours.into()), "shown"),
            (ConnectorError::other("hidden".into(), None), "could not be sent"),
            (ConnectorError::user("hidden".into()), "could not be sent"),
        ] {
            let told = told(&cause);
            assert!(told.contains(text) && !told.contains("hidden"), "{told}");
        }
    }
}
