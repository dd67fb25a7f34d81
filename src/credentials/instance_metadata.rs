//! Keys of the role of an EC2 instance.
//!
//! `aws-config`'s client speaks version 2 of the service only. boto3 falls back to version 1,
//! on which containers depend that are more network hops away than a token may travel.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use serde_json::Value;

use super::answer;
use super::fetch::failed;
use super::identity::Identity;
use crate::config::endpoint::Parts;
use crate::credentials::identity_http::{self, Route};
use crate::environment::arguments::Verify;
use crate::environment::scope::Scope;
use crate::error::{Error, Kind};
use crate::log;

const IPV4: &str = "http://169.254.169.254/";
const IPV6: &str = "http://[fd00:ec2::254]/";
const TOKEN: &str = "latest/api/token";
const METHOD: &str = "iam-role";
const REQUIRED: [&str; 4] = ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"];
const ROLE: &str = "latest/meta-data/iam/security-credentials/";

/// Keys that are about to expire although the service was asked for fresh ones are used on while
/// it recovers, for this long and something between the two minutes below.
const EXTENSION: Duration = Duration::from_secs(15 * 60);
const EXTENSION_JITTER: std::ops::RangeInclusive<u64> = 2 * 60..=10 * 60;

/// How the instance metadata service is asked. Debug output hides the URL, which may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct InstanceMetadata {
    /// The URL of the service, with a slash at its end.
    endpoint: String,
    /// For opening a connection, and again for an answer.
    timeout: Duration,
    attempts: i64,
    needs_token: bool,
}

impl fmt::Debug for InstanceMetadata {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InstanceMetadata(…)")
    }
}

/// Why an exchange gave no answer.
enum Silence {
    /// The connection stood, then nothing came in time.
    ReadTimeout,
    Unreachable,
}

impl InstanceMetadata {
    /// `None` where `AWS_EC2_METADATA_DISABLED` is true.
    pub(super) fn configured(scope: &Scope) -> Result<Option<Self>, Error> {
        let mode = scope.configured(
            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
            "ec2_metadata_service_endpoint_mode",
        );
        let ipv6 = match mode {
            Some(mode) if mode.eq_ignore_ascii_case("ipv6") => true,
            Some(mode) if mode.eq_ignore_ascii_case("ipv4") => false,
            Some(mode) => return Err(Error::new(Kind::InvalidImdsEndpointMode { mode })),
            None => scope.flag("AWS_IMDS_USE_IPV6", "imds_use_ipv6") == Some(true),
        };
        let endpoint = scope
            .configured("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")
            .filter(|endpoint| !endpoint.is_empty())
            .unwrap_or_else(|| if ipv6 { IPV6 } else { IPV4 }.to_owned());
        let number = |variable: &str, property: &str| {
            scope.integer(variable, property).map(|number| number.unwrap_or(1).max(0))
        };
        let seconds = number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout")?;
        let attempts =
            number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts")?;
        let needs_token = scope.flag("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled");
        if Parts::parse(&endpoint).is_none() {
            return Err(Error::new(Kind::InvalidImdsEndpoint { endpoint }));
        }
        let disabled = scope.variable("AWS_EC2_METADATA_DISABLED");
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

    /// The keys; `None` where there is no such service, or it has none.
    ///
    /// Errors: `MetadataRetrievalError` where version 2 does not work and version 1 is disabled,
    /// `CredentialRetrievalError` where the keys cannot be read.
    pub(super) async fn fetch(&self) -> Result<Option<Identity>, Error> {
        let Ok(token) = self.token().await else {
            log::no_instance_metadata("it takes the request for a token for a wrong one");
            return Ok(None);
        };
        if token.is_none() && self.needs_token {
            let error_msg = "Unable to retrieve token for use in IMDSv2 call and IMDSv1 has been \
                             disabled";
            return Err(Error::new(Kind::MetadataRetrieval { error_msg: error_msg.to_owned() }));
        }
        let is_text = |text: &str| !text.is_empty();
        let Some(role) = self.get(ROLE, token.as_deref(), is_text).await else {
            log::no_instance_metadata("it cannot be reached, or knows no role");
            return Ok(None);
        };
        let path = format!("{ROLE}{role}");
        let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
        match self.get(&path, token.as_deref(), is_json).await {
            Some(answer) => identity(&answer).map_err(|error| failed(METHOD, &error)),
            None => {
                log::no_instance_metadata("its answer with the keys did not come, or is not JSON");
                Ok(None)
            }
        }
    }

    /// The token of version 2; `None` where the service knows version 1 only, or cannot be
    /// reached, and an error where it takes the request for a wrong one.
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
                | Err(Silence::ReadTimeout) => return Ok(None),
                Ok(_) | Err(Silence::Unreachable) => {}
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
    ) -> Result<(StatusCode, String), Silence> {
        let uri = identity_http::uri(&format!("{}{path}", self.endpoint));
        let mut request = Request::builder()
            .method(method)
            .uri(uri.ok_or(Silence::Unreachable)?)
            .header(header::USER_AGENT, concat!("fastbedrock/", env!("CARGO_PKG_VERSION")));
        if let Some((name, value)) = token {
            request = request.header(name, value);
        }
        let request = request.body(Bytes::new()).map_err(|_| Silence::Unreachable)?;
        let route = Route {
            verify: Verify::Default,
            use_proxies: false,
            connect_timeout: Some(self.timeout),
            read_timeout: Some(self.timeout),
        };
        match identity_http::exchange(request, &route).await {
            Ok(answer) => {
                let text = String::from_utf8_lossy(answer.body()).into_owned();
                Ok((answer.status(), text))
            }
            Err(error) if error.is_read_timeout() => Err(Silence::ReadTimeout),
            Err(_) => Err(Silence::Unreachable),
        }
    }
}

/// `None` where the service answers with why there are no keys.
fn identity(answer: &str) -> Result<Option<Identity>, String> {
    let answer: Value = serde_json::from_str(answer).map_err(|_| "it is not JSON".to_owned())?;
    if let Some(missing) = REQUIRED.iter().find(|key| answer.get(key).is_none()) {
        let code = answer.get("Code").and_then(Value::as_str).unwrap_or("unknown");
        log::no_instance_metadata(&format!("its answer has no {missing}, and the code {code}"));
        return Ok(None);
    }
    let identity = answer::identity(&answer, "Token", METHOD)?;
    let jitter = Duration::from_secs(fastrand::u64(EXTENSION_JITTER));
    let extended = SystemTime::now() + EXTENSION + jitter;
    Ok(Some(identity.expiring_not_before(extended)))
}
