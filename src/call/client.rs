//! The core of a client, and the loop that makes a call's attempts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Uri;
use http::header::HeaderValue;

use crate::call::attempt::{Ready, Received};
use crate::call::connections::{Connections, authority, unsendable};
use crate::call::options::CallOptions;
use crate::call::prepared::PreparedCall;
use crate::call::response::{CallResponse, ResponseHead};
use crate::call::retry::{Attempts, Outcome, Retries, Verdict};
use crate::call::target::{Target, header_value};
use crate::call::verdict_log::log_verdict;
use crate::config::settings::Settings;
use crate::credentials::Identity;
use crate::error::Error;
use crate::http::body::Body;
use crate::log;
use crate::model::Operation;
use crate::runtime::fork::ForkGuardedMutex;
use crate::runtime::timer;

/// The core of a client: its settings, its target, and the retry state that its calls share.
pub struct Client {
    pub settings: Settings,
    pub target: Target,
    retries: Arc<Retries>,
    /// Other servers, to which handlers of events have redirected requests, by origin.
    elsewhere: ForkGuardedMutex<BTreeMap<String, Arc<Connections>>>,
    user_agent: HeaderValue,
}

impl Client {
    /// Error: `ValueError` for a setting that a header cannot contain.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Ok(Client {
            target: Target::new(&settings)?,
            retries: Arc::new(Retries::new(settings.retry_mode, settings.retry_read_timeout)),
            elsewhere: ForkGuardedMutex::new(),
            user_agent: header_value("user_agent or user_agent_extra", &settings.user_agent)?,
            settings,
        })
    }

    /// The options of calls that have none of their own, by the settings.
    pub fn options(&self) -> CallOptions {
        CallOptions::new(&self.settings)
    }

    /// Makes the call. `identity` is passed with the call if the client has no identity of its own
    /// ([`Auth::External`](crate::config::auth::Auth::External)).
    pub async fn call(
        &self,
        call: &PreparedCall,
        options: &CallOptions,
        identity: Option<&Identity>,
    ) -> Result<CallResponse<Body>, Error> {
        let mut attempts = self.start(call.operation, options);
        loop {
            log::attempt_started(attempts.number());
            self.wait_for_rate_limit().await;
            let outcome = attempt(self.ready(call, options, identity, &attempts)).await;
            let verdict = decide(&outcome, &mut attempts);
            if log::is_on() {
                let outcome = match &outcome {
                    Ok(Received { head, payload }) => {
                        Ok((head.status.as_u16(), &head.headers, payload.bytes()))
                    }
                    Err(error) => Err(error),
                };
                log_verdict(outcome, verdict, &attempts);
            }
            if let Verdict::Retry(pause) = verdict {
                drop(outcome);
                timer::sleep(pause).await;
                continue;
            }
            let Received { head, payload } = outcome?;
            let head = ResponseHead {
                status: head.status.as_u16(),
                headers: head.headers,
                retry_attempts: attempts.retry_attempts(),
                max_attempts_reached: attempts.max_attempts_reached(),
                retry_quota_reached: attempts.quota_reached(),
            };
            return Ok(CallResponse { head, payload });
        }
    }

    /// The attempts of a new call, at the first one. Sends nothing yet.
    pub fn start(&self, operation: &'static Operation, options: &CallOptions) -> Attempts {
        let (read_timeout, max_attempts) = (options.timeouts.read, options.max_attempts);
        let retries = self.retries.clone();
        let mut attempts = Attempts::new(retries, operation, max_attempts, read_timeout);
        if let Some(invocation_id) = log::invocation_id() {
            attempts.identify_as(invocation_id);
        }
        attempts
    }

    /// One attempt of a call, in its first state. Callers that do not use [`Client::call`] continue
    /// from here.
    pub fn ready<'a>(
        &'a self,
        call: &'a PreparedCall,
        options: &'a CallOptions,
        identity: Option<&'a Identity>,
        attempts: &'a Attempts,
    ) -> Ready<'a> {
        let (target, user_agent) = (&self.target, &self.user_agent);
        Ready { target, call, options, identity, attempts, user_agent }
    }

    /// The server of a URL: the client's own, or another one.
    ///
    /// Errors: `HTTPClientError` for a URL that no request can be sent to, `ValueError` for a proxy
    /// that cannot be used.
    pub fn connections(&self, url: &Uri) -> Result<Arc<Connections>, Error> {
        let own = &self.target.connections;
        let (Some(scheme @ ("http" | "https")), Some(_)) = (url.scheme_str(), url.host()) else {
            return Err(unsendable(&"its URL does not name a server"));
        };
        let origin = format!("{scheme}://{}", authority(url));
        if own.origin() == origin {
            return Ok(own.clone());
        }
        let known = self.elsewhere.with(|elsewhere| elsewhere.get(&origin).cloned());
        if let Some(known) = known {
            return Ok(known);
        }
        let new = Arc::new(Connections::to_other(&origin, &self.settings)?);
        self.elsewhere.with(|elsewhere| elsewhere.insert(origin, new.clone()));
        Ok(new)
    }

    /// Closes idle connections. Connections in use stay open.
    pub fn close_idle_connections(&self) {
        self.target.connections.close_idle();
        let others = self.elsewhere.with(std::mem::take);
        others.values().for_each(|connections| connections.close_idle());
    }

    /// Zero if the rate limit of adaptive mode allows another attempt now; otherwise how long to wait
    /// before asking again.
    pub fn rate_limit_delay(&self) -> Duration {
        self.retries.rate_limit_delay(Instant::now())
    }

    async fn wait_for_rate_limit(&self) {
        loop {
            let pause = self.rate_limit_delay();
            if pause.is_zero() {
                return;
            }
            log::rate_limited(pause);
            timer::sleep(pause).await;
        }
    }
}

/// Goes through all states of an attempt.
async fn attempt(ready: Ready<'_>) -> Result<Received, Error> {
    ready.build()?.sign().await?.send().await?.receive().await
}

fn decide(outcome: &Result<Received, Error>, attempts: &mut Attempts) -> Verdict {
    let outcome = match outcome {
        Ok(Received { head, payload }) => {
            let (status, headers) = (head.status.as_u16(), &head.headers);
            Outcome::Response { status, headers, body: payload.bytes() }
        }
        // Errors raised before anything is sent are final, as in botocore.
        Err(error) if !error.is_transient() => return Verdict::Stop,
        Err(error) => Outcome::Failure(error.into()),
    };
    attempts.after(outcome, Instant::now())
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
