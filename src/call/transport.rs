//! One call: attempts until there is an outcome.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHORIZATION,
    USER_AGENT,
};
use http::uri::PathAndQuery;
use http::{Method, Uri};
use http_body_util::Full;

use crate::call::error_code::error_code;
use crate::call::retry::{Attempts, Outcome, Retries, Verdict};
use crate::call::sign;
use crate::call::trace::lambda_trace_id;
use crate::config::auth::Auth;
use crate::config::settings::Settings;
use crate::credentials::Identity;
use crate::error::{Error, Kind};
use crate::http::body::Body;
use crate::http::connector::{Connector, Dialing};
use crate::http::exchange::Link;
use crate::http::pool::Pool;
use crate::log;
use crate::model::Operation;
use crate::runtime::shared;
use crate::runtime::timer;

const INVOCATION_ID: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
const SDK_REQUEST: HeaderName = HeaderName::from_static("amz-sdk-request");

/// From here on a body's hash, half a millisecond a megabyte, holds up none of the other calls and
/// streams of the runtime: another thread serves them meanwhile.
const HASH_ELSEWHERE: usize = 1 << 20;

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

/// What the service said. `B` is a body that is still to be read.
pub struct Answer<B> {
    pub head: Head,
    pub payload: Payload<B>,
}

pub struct Head {
    pub status: u16,
    pub headers: HeaderMap,
    pub retry_attempts: u32,
    pub max_attempts_reached: bool,
    pub retry_quota_reached: bool,
}

pub enum Payload<B> {
    Whole(Bytes),
    /// A success of an operation that streams.
    Streaming(B),
}

impl<B> Payload<B> {
    /// What is here of the body.
    fn bytes(&self) -> &[u8] {
        match self {
            Payload::Whole(body) => body,
            Payload::Streaming(_) => &[],
        }
    }
}

impl Transport {
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let endpoint = &settings.endpoint;
        let header = |name: &str, value: &str| {
            let message = format!("{name} holds characters that no header may hold");
            HeaderValue::from_str(value).map_err(|_| Error::new(Kind::InvalidSetting { message }))
        };
        let retries = Retries::new(
            settings.retry_mode,
            settings.max_attempts(),
            settings.read_timeout,
            settings.retry_read_timeout,
        );
        Ok(Transport {
            link: Link {
                connector: Connector::new(
                    endpoint.origin.clone(),
                    Dialing {
                        verify: settings.verify.clone(),
                        connect_timeout: settings.connect_timeout,
                        keepalive: settings.tcp_keepalive,
                        proxy: settings.proxy.clone(),
                    },
                )?,
                read_timeout: settings.read_timeout,
                endpoint_url: Arc::from(endpoint.url.trim_end_matches('/')),
            },
            retries,
            host: header("endpoint_url", &endpoint.authority)?,
            user_agent: header("user_agent or user_agent_extra", &settings.user_agent)?,
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
    ) -> Result<Answer<Body>, Error> {
        let mut attempts = self.retries.start(request.operation);
        if let Some(invocation_id) = log::invocation_id() {
            attempts.identify_as(invocation_id);
        }
        loop {
            log::attempt(attempts.number());
            self.wait_for_permit().await;
            let outcome = self.attempt(pool, request, external, &attempts).await;
            let verdict = match &outcome {
                Ok((head, payload)) => {
                    let (status, headers) = (head.status.as_u16(), &head.headers);
                    let body = payload.bytes();
                    attempts.after(Outcome::Answer { status, headers, body }, Instant::now())
                }
                // Who never reached the endpoint failed for good: botocore finds out before.
                Err(error) if !error.is_transient() => Verdict::Stop,
                Err(error) => attempts.after(Outcome::Failure(error), Instant::now()),
            };
            if log::is_on() {
                log_verdict(&outcome, verdict, &attempts);
            }
            if let Verdict::Retry(pause) = verdict {
                drop(outcome);
                timer::sleep(pause).await;
                continue;
            }
            let (head, payload) = outcome?;
            let head = Head {
                status: head.status.as_u16(),
                headers: head.headers,
                retry_attempts: attempts.retry_attempts(),
                max_attempts_reached: attempts.max_attempts_reached(),
                retry_quota_reached: attempts.quota_reached(),
            };
            return Ok(Answer { head, payload });
        }
    }

    async fn wait_for_permit(&self) {
        loop {
            let pause = self.retries.permit(Instant::now());
            if pause.is_zero() {
                return;
            }
            log::rate_limited(pause);
            timer::sleep(pause).await;
        }
    }

    async fn attempt(
        &self,
        pool: &Arc<Pool>,
        request: &Request,
        external: Option<&Identity>,
        attempts: &Attempts<'_>,
    ) -> Result<(http::response::Parts, Payload<Body>), Error> {
        let proof = self.proof(external).await?;
        let host = &self.settings.endpoint.authority;
        log::sending(
            attempts.max_attempts(),
            request.body.len(),
            host,
            self.settings.auth.method(),
        );
        let started = log::now();
        let build = || self.build(request, attempts, &proof);
        let (head, mut body) = self.link.send(pool, &request.target, build).await?.into_parts();
        log::answered(started, host, head.status.as_u16(), request_id(&head.headers));
        let streams = request.operation.output.body().is_streamed();
        if streams && head.status.as_u16() < 300 {
            return Ok((head, Payload::Streaming(body)));
        }
        let status = head.status.as_u16();
        match body.collect().await {
            Ok(whole) => Ok((head, Payload::Whole(whole))),
            // An error answer cut short is an error answer still.
            Err((part, error)) if status >= 300 && error.is_short_of_its_length() => {
                Ok((head, Payload::Whole(part)))
            }
            Err((_, error)) => {
                Err(error.during_attempt(&self.link.url(&request.target), status < 300))
            }
        }
    }

    /// What the request proves its sender with; fetched or refreshed here if need be.
    async fn proof<'a>(&'a self, external: Option<&'a Identity>) -> Result<Proof<'a>, Error> {
        Ok(match &self.settings.auth {
            Auth::SigV4(credentials) => Proof::Shared(match credentials.current() {
                Some(identity) => identity,
                None => credentials.get().await?,
            }),
            Auth::External => match external {
                Some(identity) => Proof::Given(identity),
                None => return Err(Error::new(Kind::NoCredentials)),
            },
            Auth::Bearer(token) => Proof::Bearer(token),
            Auth::ExternalBearer => match external.and_then(Identity::session_token) {
                Some(token) => Proof::Bearer(token),
                None => return Err(Error::new(Kind::NoAuthToken)),
            },
            Auth::None => Proof::None,
            Auth::Unavailable(error) => return Err(error.clone()),
        })
    }

    fn build(
        &self,
        request: &Request,
        attempts: &Attempts<'_>,
        proof: &Proof<'_>,
    ) -> Result<http::Request<Full<Bytes>>, Error> {
        let unsendable = |error: &dyn std::fmt::Display| {
            let error = format!("the request cannot be sent: {error}");
            Error::new(Kind::UnsendableRequest { error })
        };
        let endpoint = &self.settings.endpoint;
        let target = format!("{}{}", endpoint.path_prefix, request.target);
        let mut out = http::Request::new(Full::new(request.body.clone()));
        *out.method_mut() = Method::from_bytes(request.operation.http_method.as_bytes())
            .map_err(|error| unsendable(&error))?;
        let headers = out.headers_mut();
        headers.reserve(12);
        headers.insert(HOST, self.host.clone());
        for (name, value) in &request.headers {
            headers.insert(name, value.clone());
        }
        match proof {
            Proof::Shared(identity) => {
                self.sign(&mut out, &target, &request.body, identity)?;
            }
            Proof::Given(identity) => self.sign(&mut out, &target, &request.body, identity)?,
            Proof::Bearer(token) => sign::bearer(&mut out, token)?,
            Proof::None => {}
        }
        // botocore does not sign these, because proxies and load balancers may change them.
        let headers = out.headers_mut();
        let attempt = HeaderValue::try_from(attempts.request_header());
        headers.insert(SDK_REQUEST, attempt.map_err(|error| unsendable(&error))?);
        let invocation = HeaderValue::try_from(attempts.invocation_id());
        headers.insert(INVOCATION_ID, invocation.map_err(|error| unsendable(&error))?);
        if let Some(trace_id) = lambda_trace_id() {
            headers.insert(TRACE_ID, trace_id);
        }
        headers.insert(USER_AGENT, self.user_agent.clone());
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if request.body.is_empty() && *out.method() != Method::GET {
            // hyper says nothing about an empty body, boto3 does.
            out.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        *out.uri_mut() = match self.link.connector.forwarder() {
            None => PathAndQuery::try_from(target).map_err(|error| unsendable(&error))?.into(),
            Some(proxy) => {
                if let Some(auth) = proxy.basic_auth() {
                    out.headers_mut().insert(PROXY_AUTHORIZATION, auth.clone());
                }
                let url = format!("http://{}{target}", endpoint.authority);
                Uri::try_from(url).map_err(|error| unsendable(&error))?
            }
        };
        Ok(out)
    }

    fn sign(
        &self,
        request: &mut http::Request<Full<Bytes>>,
        target: &str,
        body: &[u8],
        identity: &Identity,
    ) -> Result<(), Error> {
        let endpoint = &self.settings.endpoint;
        let mut sign = || sign::sigv4(request, target, body, identity, endpoint, SystemTime::now());
        if body.len() >= HASH_ELSEWHERE && shared::is_runtime_thread() {
            return tokio::task::block_in_place(sign);
        }
        sign()
    }
}

/// What a request proves its sender with.
enum Proof<'a> {
    Shared(Arc<Identity>),
    Given(&'a Identity),
    Bearer(&'a str),
    None,
}

fn request_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id"));
    id.and_then(|id| id.to_str().ok())
}

/// Tells what follows from an attempt that did not succeed, and why.
fn log_verdict(
    outcome: &Result<(http::response::Parts, Payload<Body>), Error>,
    verdict: Verdict,
    attempts: &Attempts<'_>,
) {
    let code;
    let cause = match outcome {
        Ok((head, _)) if head.status.as_u16() < 300 => return,
        Ok((head, payload)) => {
            let status = head.status.as_u16();
            code = error_code(status, &head.headers, payload.bytes()).ok().flatten();
            let request_id = request_id(&head.headers);
            log::Cause::Answer { code: code.as_deref(), status, request_id }
        }
        Err(error) => {
            log::attempt_failed(error);
            log::Cause::Failure(error)
        }
    };
    match verdict {
        Verdict::Retry(delay) => log::retrying(&cause, delay),
        Verdict::Stop if attempts.quota_reached() => {
            log::not_retrying(&cause, "the retry quota is used up");
        }
        Verdict::Stop if attempts.max_attempts_reached() => {
            log::not_retrying(&cause, "no attempts are left");
        }
        Verdict::Stop => match outcome {
            Err(error) if error.may_have_run() => {
                log::not_retrying(&cause, "the model may have run");
            }
            _ => log::not_retrying(&cause, "another attempt would not help"),
        },
    }
}
