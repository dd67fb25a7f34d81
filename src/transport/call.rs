//! One call: attempts until there is an outcome.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http_body_util::Full;

use super::body::Body;
use super::connector::Connector;
use super::credentials::Identity;
use super::error::{Error, Kind};
use super::error_code::error_code;
use super::link::Link;
use super::pool::Pool;
use super::retry::{Outcome, Retries, Verdict};
use super::settings::{Auth, Settings};
use super::sign;
use crate::model::Operation;

const ACCEPT_ENCODING: HeaderName = http::header::ACCEPT_ENCODING;
const INVOCATION_ID: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");
const SDK_REQUEST: HeaderName = HeaderName::from_static("amz-sdk-request");

/// What a client sends with: its settings, its retry state and the way to its endpoint.
pub struct Transport {
    pub settings: Settings,
    link: Link,
    retries: Retries,
    host: HeaderValue,
    user_agent: HeaderValue,
}

/// What the codec made of one call's parameters.
#[derive(Debug)]
pub struct Request {
    pub operation: &'static Operation,
    /// Path and query as they go on the wire, without the endpoint's own path.
    pub target: String,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Bytes,
}

/// What the service said.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub payload: Payload,
    pub retry_attempts: u32,
    pub max_attempts_reached: bool,
    pub retry_quota_reached: bool,
}

pub enum Payload {
    Whole(Bytes),
    /// Still to be read: a success of an operation that streams.
    Streaming(Body),
}

impl Transport {
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let endpoint = &settings.endpoint;
        let invalid = |what: &str| {
            Error::new(Kind::InvalidSetting { message: format!("{what} holds characters that no header may hold") })
        };
        let origin = endpoint.origin.parse().map_err(|_| {
            Error::new(Kind::InvalidEndpointUrl { endpoint_url: endpoint.url.clone() })
        })?;
        let connector = Connector::new(origin, settings.verify.clone(), settings.connect_timeout)?;
        Ok(Transport {
            link: Link {
                connector,
                read_timeout: settings.read_timeout,
                endpoint_url: Arc::from(endpoint.url.trim_end_matches('/')),
            },
            retries: Retries::new(settings.retry_mode, settings.total_max_attempts, settings.retry_read_timeout),
            host: HeaderValue::from_str(&endpoint.authority).map_err(|_| invalid("endpoint_url"))?,
            user_agent: HeaderValue::from_str(&settings.user_agent).map_err(|_| invalid("user_agent"))?,
            settings,
        })
    }

    /// Makes the call over the pool's connections. `external` is the identity where it comes
    /// from outside ([`Auth::External`]).
    pub async fn call(
        &self,
        pool: &Arc<Pool>,
        request: &Request,
        external: Option<&Identity>,
    ) -> Result<Answer, Error> {
        let streams = request.operation.output.payload.is_some();
        let target = format!("{}{}", self.settings.endpoint.path_prefix, request.target);
        let mut attempts = self.retries.start(request.operation);
        loop {
            let pause = self.retries.permit();
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            let identity = self.identity(external).await?;
            let build = || self.build(request, &target, &attempts, identity.as_deref());
            let attempt = async {
                let (head, mut body) =
                    self.link.send(pool, &request.target, build).await?.into_parts();
                let success = head.status.as_u16() < 300;
                let payload = if success && streams {
                    Payload::Streaming(body)
                } else {
                    Payload::Whole(body.collect().await.map_err(|error| error.before_delivery(&self.link.endpoint_url))?)
                };
                Ok::<_, Error>((head, payload))
            };
            let outcome = attempt.await;
            let verdict = match &outcome {
                Ok((head, payload)) => {
                    let status = head.status.as_u16();
                    let code = match payload {
                        Payload::Whole(body) if status >= 300 => error_code(status, &head.headers, body),
                        _ => None,
                    };
                    attempts.after(Outcome::Answer {
                        status,
                        headers: &head.headers,
                        code: code.as_deref(),
                    })
                }
                Err(error) => attempts.after(Outcome::Failure(error)),
            };
            if let Verdict::Retry(pause) = verdict {
                drop(outcome);
                tokio::time::sleep(pause).await;
                continue;
            }
            let (head, payload) = outcome?;
            return Ok(Answer {
                status: head.status.as_u16(),
                headers: head.headers,
                payload,
                retry_attempts: attempts.retry_attempts(),
                max_attempts_reached: attempts.max_attempts_reached(),
                retry_quota_reached: attempts.quota_reached(),
            });
        }
    }
}
