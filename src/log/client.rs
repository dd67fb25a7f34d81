//! What clients and calls tell.

use std::time::{Duration, Instant};

use super::current_call::current_call;
use super::emit::{debug, debug_of_call, reason};
use super::filter::is_on;
use crate::error::Error;

const CLIENT: &str = "fastbedrock.client";

/// What a client works with. `retries` is the mode and the number of attempts.
pub struct ClientFacts<'a> {
    pub service: &'static str,
    pub region: &'a str,
    pub host: &'a str,
    pub proxy: Option<String>,
    pub credentials: &'static str,
    pub retry_mode: &'static str,
    pub max_attempts: u32,
    pub connect_timeout: Option<Duration>,
    pub read_timeout: Option<Duration>,
}

pub fn client_created(facts: ClientFacts<'_>) {
    let limit = |limit: Option<Duration>| match limit {
        Some(limit) => format!("{} s", limit.as_secs_f64()),
        None => "none".to_owned(),
    };
    debug(
        CLIENT,
        "Created a client of %(service)s in %(region)s: endpoint %(host)s, proxy %(proxy)s, \
         credentials by %(credential_method)s, %(retry_mode)s retries with up to %(max_attempts)d \
         attempts, connect timeout %(connect_timeout)s, read timeout %(read_timeout)s",
        vec![
            ("service", facts.service.into()),
            ("region", facts.region.into()),
            ("host", facts.host.into()),
            ("proxy", facts.proxy.unwrap_or_else(|| "none".to_owned()).into()),
            ("credential_method", facts.credentials.into()),
            ("retry_mode", facts.retry_mode.into()),
            ("max_attempts", facts.max_attempts.into()),
            ("connect_timeout", limit(facts.connect_timeout).into()),
            ("read_timeout", limit(facts.read_timeout).into()),
        ],
    );
}

/// The call waits because `max_concurrency` others go on.
pub fn queued() {
    if is_on() {
        debug_of_call(
            CLIENT,
            "%(operation)s waits for its turn: max_concurrency is reached",
            vec![],
        );
    }
}

pub fn dequeued(since: Option<Instant>) {
    if let Some(since) = since {
        let fields = vec![("waited", since.elapsed().into())];
        debug_of_call(CLIENT, "%(operation)s has its turn after %(waited).3f s", fields);
    }
}

/// Nobody waits for the call any more.
pub fn cancelled() {
    if is_on() {
        debug_of_call(CLIENT, "%(operation)s was cancelled", vec![]);
    }
}

/// An attempt begins; the events that follow are its.
pub fn attempt(number: u32) {
    if let Some(call) = current_call() {
        call.set_attempt(number);
    }
}

/// The request is about to be sent. `credentials` is the way in which they were found.
pub fn sending(max_attempts: u32, size: usize, host: &str, credentials: &'static str) {
    if is_on() {
        debug_of_call(
            CLIENT,
            "Sending %(operation)s to %(host)s: attempt %(attempt)d of %(max_attempts)d, \
             %(request_bytes)d bytes, credentials by %(credential_method)s",
            vec![
                ("host", host.into()),
                ("max_attempts", max_attempts.into()),
                ("request_bytes", size.into()),
                ("credential_method", credentials.into()),
            ],
        );
    }
}

/// The head of the answer is here.
pub fn answered(since: Option<Instant>, host: &str, status: u16, request_id: Option<&str>) {
    if let Some(since) = since {
        debug_of_call(
            CLIENT,
            "%(host)s answered %(operation)s with status %(status)d after %(duration).3f s, \
             request id %(aws_request_id)s",
            vec![
                ("host", host.into()),
                ("status", u32::from(status).into()),
                ("duration", since.elapsed().into()),
                ("aws_request_id", request_id.unwrap_or("unknown").into()),
            ],
        );
    }
}

/// The attempt brought no answer.
pub fn attempt_failed(error: &Error) {
    if is_on() {
        let fields = vec![("error", error.class_name().into()), ("reason", reason(error).into())];
        debug_of_call(CLIENT, "%(operation)s failed: %(error)s%(reason)s", fields);
    }
}
