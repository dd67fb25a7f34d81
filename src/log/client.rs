//! The events of clients and calls.

use std::time::{Duration, Instant};

use super::current_call::current_call;
use super::emit::{debug, debug_of_call, reason};
use super::filter::is_on;
use crate::error::Error;

const CLIENT: &str = "fastbedrock.client";

/// The settings of a client that are logged.
pub struct ClientSettings<'a> {
    pub service: &'static str,
    pub region: &'a str,
    pub host: &'a str,
    pub proxy: Option<String>,
    /// See [`sending`].
    pub credential_method: &'static str,
    pub retry_mode: &'static str,
    pub max_attempts: u32,
    pub connect_timeout: Option<Duration>,
    pub read_timeout: Option<Duration>,
}

pub fn client_created(settings: ClientSettings<'_>) {
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
            ("service", settings.service.into()),
            ("region", settings.region.into()),
            ("host", settings.host.into()),
            ("proxy", settings.proxy.unwrap_or_else(|| "none".to_owned()).into()),
            ("credential_method", settings.credential_method.into()),
            ("retry_mode", settings.retry_mode.into()),
            ("max_attempts", settings.max_attempts.into()),
            ("connect_timeout", limit(settings.connect_timeout).into()),
            ("read_timeout", limit(settings.read_timeout).into()),
        ],
    );
}

/// The call waits because `max_concurrency` other calls are running.
pub fn queued() {
    if is_on() {
        debug_of_call(
            CLIENT,
            "%(operation)s waits for its turn: max_concurrency is reached",
            vec![],
        );
    }
}

/// The call no longer waits. `since` is when the wait began.
pub fn dequeued(since: Option<Instant>) {
    if let Some(since) = since {
        let fields = vec![("waited", since.elapsed().into())];
        debug_of_call(CLIENT, "%(operation)s has its turn after %(waited).3f s", fields);
    }
}

/// The caller has cancelled the call.
pub fn cancelled() {
    if is_on() {
        debug_of_call(CLIENT, "%(operation)s was cancelled", vec![]);
    }
}

/// An attempt begins. The following events of the call belong to it.
pub fn attempt_started(number: u32) {
    if let Some(call) = current_call() {
        call.set_attempt(number);
    }
}

/// The request is about to be sent. `credential_method` is botocore's name of the provider.
pub fn sending(max_attempts: u32, size: usize, host: &str, credential_method: &'static str) {
    if is_on() {
        debug_of_call(
            CLIENT,
            "Sending %(operation)s to %(host)s: attempt %(attempt)d of %(max_attempts)d, \
             %(request_bytes)d bytes, credentials by %(credential_method)s",
            vec![
                ("host", host.into()),
                ("max_attempts", max_attempts.into()),
                ("request_bytes", size.into()),
                ("credential_method", credential_method.into()),
            ],
        );
    }
}

/// The head of the response has arrived. `since` is when the request was sent.
pub fn response_received(
    since: Option<Instant>,
    host: &str,
    status: u16,
    request_id: Option<&str>,
) {
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

/// The attempt got no response.
pub fn attempt_failed(error: &Error) {
    if is_on() {
        let fields = vec![("error", error.class_name().into()), ("reason", reason(error).into())];
        debug_of_call(CLIENT, "%(operation)s failed: %(error)s%(reason)s", fields);
    }
}
