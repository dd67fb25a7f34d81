//! The core of a client, and the loop that makes a call's attempts.

use std::time::Instant;

use http::header::HeaderValue;

use crate::call::attempt::{Ready, Received};
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
use crate::runtime::timer;

/// The core of a client: its settings, its target, and the retry state that its calls share.
pub struct Client {
    pub settings: Settings,
    pub target: Target,
    retries: Retries,
    user_agent: HeaderValue,
}

impl Client {
    /// Error: `ValueError` for a setting that a header cannot contain.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Ok(Client {
            target: Target::new(&settings)?,
            retries: Retries::new(settings.retry_mode, settings.retry_read_timeout),
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
        let mut attempts = self.start(call, options);
        loop {
            log::attempt_started(attempts.number());
            self.wait_for_rate_limit().await;
            let outcome = attempt(self.ready(call, options, identity, &attempts)).await;
            let verdict = decide(&outcome, &mut attempts);
            if log::is_on() {
                log_verdict(&outcome, verdict, &attempts);
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
    pub fn start(&self, call: &PreparedCall, options: &CallOptions) -> Attempts<'_> {
        let read_timeout = options.timeouts.read;
        let (operation, max_attempts) = (call.operation, options.max_attempts);
        let mut attempts = Attempts::new(&self.retries, operation, max_attempts, read_timeout);
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
        attempts: &'a Attempts<'a>,
    ) -> Ready<'a> {
        let (target, user_agent) = (&self.target, &self.user_agent);
        Ready { target, call, options, identity, attempts, user_agent }
    }

    async fn wait_for_rate_limit(&self) {
        loop {
            let pause = self.retries.rate_limit_delay(Instant::now());
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

fn decide(outcome: &Result<Received, Error>, attempts: &mut Attempts<'_>) -> Verdict {
    let outcome = match outcome {
        Ok(Received { head, payload }) => {
            let (status, headers) = (head.status.as_u16(), &head.headers);
            Outcome::Response { status, headers, body: payload.bytes() }
        }
        // Errors raised before anything is sent are final, as in botocore.
        Err(error) if !error.is_transient() => return Verdict::Stop,
        Err(error) => Outcome::Failure(error),
    };
    attempts.after(outcome, Instant::now())
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
