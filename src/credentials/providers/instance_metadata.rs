//! Credentials of the role of an EC2 instance, from its metadata service (IMDS).
//!
//! `aws-config`'s client speaks only version 2 of the service. boto3 falls back to version 1.
//! Containers need version 1 if they are more network hops away than a token may travel.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use serde_json::Value;

use crate::credentials::identity::Identity;
use crate::credentials::identity_http::{self, RequestOptions};
use crate::credentials::json;
use crate::environment::Environment;
use crate::environment::arguments::Verify;
use crate::environment::url::HttpUrl;
use crate::error::{Error, Kind};
use crate::log;

const IPV4: &str = "http://169.254.169.254/";
const IPV6: &str = "http://[fd00:ec2::254]/";
const TOKEN: &str = "latest/api/token";
const METHOD: &str = "iam-role";
const REQUIRED: [&str; 4] = ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"];
const ROLE: &str = "latest/meta-data/iam/security-credentials/";

/// If the service returns credentials that have expired or will expire soon, botocore keeps using
/// them while the service recovers: for this time plus a random time from the range below
/// (seconds).
const EXTENSION: Duration = Duration::from_secs(15 * 60);
const EXTENSION_JITTER: std::ops::RangeInclusive<u64> = 2 * 60..=10 * 60;

/// How to reach the service. Debug output hides the URL, which may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct InstanceMetadata {
    /// The URL of the service, with a slash at its end.
    endpoint: String,
    /// Bounds connecting, and then each wait for the response.
    timeout: Duration,
    attempts: i64,
    needs_token: bool,
}

impl fmt::Debug for InstanceMetadata {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InstanceMetadata(…)")
    }
}

/// Why there was no response.
enum NoResponse {
    /// The service accepted the connection and then sent nothing in time.
    ReadTimeout,
    Unreachable,
}

impl InstanceMetadata {
    /// `None` if `AWS_EC2_METADATA_DISABLED` is true.
    ///
    /// Errors: `InvalidIMDSEndpointModeError`, `InvalidIMDSEndpointError`; `ValueError` for a
    /// setting that is not a number.
    pub(crate) fn configured(environment: &Environment) -> Result<Option<Self>, Error> {
        let mode = environment.configured(
            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
            "ec2_metadata_service_endpoint_mode",
        );
        let ipv6 = match mode {
            Some(mode) if mode.eq_ignore_ascii_case("ipv6") => true,
            Some(mode) if mode.eq_ignore_ascii_case("ipv4") => false,
            Some(mode) => return Err(Error::new(Kind::InvalidImdsEndpointMode { mode })),
            None => environment.flag("AWS_IMDS_USE_IPV6", "imds_use_ipv6") == Some(true),
        };
        let endpoint = environment
            .configured("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")
            .filter(|endpoint| !endpoint.is_empty())
            .unwrap_or_else(|| if ipv6 { IPV6 } else { IPV4 }.to_owned());
        let number = |variable: &str, property: &str| {
            environment.integer(variable, property).map(|number| number.unwrap_or(1).max(0))
        };
        let seconds = number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout")?;
        let attempts =
            number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts")?;
        let needs_token =
            environment.flag("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled");
        if HttpUrl::parse(&endpoint).is_err() {
            return Err(Error::new(Kind::InvalidImdsEndpoint { endpoint }));
        }
        let disabled = environment.variable("AWS_EC2_METADATA_DISABLED");
        if disabled.is_some_and(|disabled| disabled.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        Ok(Some(InstanceMetadata {
            endpoint: format!("{}/", endpoint.trim().trim_end_matches('/')),
            timeout: Duration::from_secs(seconds.unsigned_abs()),
            attempts,
            needs_token: needs_token == Some(true),
        }))
    }

    /// Retrieves the credentials; `None` if the service cannot be reached or has none.
    ///
    /// Errors: `MetadataRetrievalError` if version 2 does not work and version 1 is disabled,
    /// `CredentialRetrievalError` if the credentials cannot be read.
    pub async fn retrieve(&self) -> Result<Option<Identity>, Error> {
        let Ok(token) = self.token().await else {
            log::no_instance_metadata("it refused the request for a token");
            return Ok(None);
        };
        if token.is_none() && self.needs_token {
            let error_msg = "Unable to retrieve token for use in IMDSv2 call and IMDSv1 has been \
                             disabled";
            return Err(Error::new(Kind::MetadataRetrieval { error_msg: error_msg.to_owned() }));
        }
        let is_text = |text: &str| !text.is_empty();
        let Some(role) = self.get(ROLE, token.as_deref(), is_text).await else {
            log::no_instance_metadata("it cannot be reached, or the instance has no role");
            return Ok(None);
        };
        let path = format!("{ROLE}{role}");
        let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
        match self.get(&path, token.as_deref(), is_json).await {
            Some(response) => {
                identity(&response).map_err(|error| Error::credential_retrieval(METHOD, error))
            }
            None => {
                log::no_instance_metadata(
                    "its response with the credentials is missing or not JSON",
                );
                Ok(None)
            }
        }
    }

    /// The token of version 2; `None` if the service knows only version 1 or cannot be reached. The
    /// error means that the service refused the request as invalid.
    async fn token(&self) -> Result<Option<String>, StatusCode> {
        let ttl = ("x-aws-ec2-metadata-token-ttl-seconds", "21600");
        for _ in 0..self.attempts {
            match self.send(Method::PUT, TOKEN, Some(ttl)).await {
                Ok((StatusCode::OK, token)) => return Ok(Some(token)),
                Ok((status @ StatusCode::BAD_REQUEST, _)) => return Err(status),
                Ok((
                    StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED,
                    _,
                ))
                | Err(NoResponse::ReadTimeout) => return Ok(None),
                Ok(_) | Err(NoResponse::Unreachable) => {}
            }
        }
        Ok(None)
    }

    async fn get(
        &self,
        path: &str,
        token: Option<&str>,
        is_usable: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let token = token.map(|token| ("x-aws-ec2-metadata-token", token));
        for _ in 0..self.attempts {
            if let Ok((StatusCode::OK, text)) = self.send(Method::GET, path, token).await
                && is_usable(&text)
            {
                return Some(text);
            }
        }
        None
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<(&str, &str)>,
    ) -> Result<(StatusCode, String), NoResponse> {
        let uri = identity_http::uri(&format!("{}{path}", self.endpoint));
        let mut request = Request::builder()
            .method(method)
            .uri(uri.ok_or(NoResponse::Unreachable)?)
            .header(header::USER_AGENT, concat!("fastbedrock/", env!("CARGO_PKG_VERSION")));
        if let Some((name, value)) = token {
            request = request.header(name, value);
        }
        let request = request.body(Bytes::new()).map_err(|_| NoResponse::Unreachable)?;
        let options = RequestOptions {
            verify: Verify::Default,
            use_proxies: false,
            connect_timeout: Some(self.timeout),
            read_timeout: Some(self.timeout),
        };
        match identity_http::send(request, &options).await {
            Ok(response) => {
                let text = String::from_utf8_lossy(response.body()).into_owned();
                Ok((response.status(), text))
            }
            Err(error) if error.is_read_timeout() => Err(NoResponse::ReadTimeout),
            Err(_) => Err(NoResponse::Unreachable),
        }
    }
}

/// `None` if the response has no credentials but a code that tells why.
fn identity(response: &str) -> Result<Option<Identity>, String> {
    let response: Value =
        serde_json::from_str(response).map_err(|_| "it is not JSON".to_owned())?;
    if let Some(missing) = REQUIRED.iter().find(|name| response.get(name).is_none()) {
        let code = response.get("Code").and_then(Value::as_str).unwrap_or("unknown");
        log::no_instance_metadata(&format!("its response has no {missing}, and the code {code}"));
        return Ok(None);
    }
    let identity = json::identity(&response, "Token", METHOD)?;
    let jitter = Duration::from_secs(fastrand::u64(EXTENSION_JITTER));
    let extended = SystemTime::now() + EXTENSION + jitter;
    Ok(Some(identity.expiring_not_before(extended)))
}
