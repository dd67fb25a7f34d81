//! Everything that can be told, one function each.
//!
//! Texts that come from outside (a service's message, what a process wrote) are never part of an
//! event: they may quote a prompt, a token or a signature's canonical request. The exceptions have
//! them.

use std::time::{Duration, Instant, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::{Event, Level, Value, current, is_on, is_wanted, push};
use crate::transport::error::{Error, Kind};

const CLIENT: &str = "fastbedrock.client";
const CONNECTIONS: &str = "fastbedrock.connections";
const RETRIES: &str = "fastbedrock.retries";
const CREDENTIALS: &str = "fastbedrock.credentials";

type Fields = Vec<(&'static str, Value)>;

fn tell(level: Level, logger: &'static str, message: &'static str, fields: Fields) {
    push(Event { logger, level, time: SystemTime::now(), message, fields });
}

fn debug(logger: &'static str, message: &'static str, fields: Fields) {
    tell(Level::Debug, logger, message, fields);
}

/// For texts that name the operation. A call that began before somebody listened tells nothing.
fn debug_of_call(logger: &'static str, message: &'static str, fields: Fields) {
    if current().is_some() {
        debug(logger, message, fields);
    }
}

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
    if let Some(call) = current() {
        call.attempt.store(number, std::sync::atomic::Ordering::Relaxed);
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

/// Why an attempt did not succeed: an answer's error code and status, or the error's class.
pub enum Cause<'a> {
    Answer { code: Option<&'a str>, status: u16, request_id: Option<&'a str> },
    Failure(&'a Error),
}

impl Cause<'_> {
    fn fields(&self) -> Fields {
        match self {
            Cause::Answer { code, status, request_id } => {
                let code = code.filter(|code| is_name(code));
                let request_id = request_id.unwrap_or("unknown");
                let named = match code.filter(|code| code.parse() != Ok(*status)) {
                    Some(code) => format!("{code}, HTTP status {status}"),
                    None => format!("HTTP status {status}"),
                };
                let mut fields = vec![
                    ("reason", format!("{named}, request id {request_id}").into()),
                    ("status", u32::from(*status).into()),
                    ("aws_request_id", request_id.into()),
                ];
                fields.extend(code.map(|code| ("error_code", code.into())));
                fields
            }
            Cause::Failure(error) => {
                let name = error.class_name();
                vec![("reason", name.into()), ("error", name.into())]
            }
        }
    }
}

pub fn retrying(cause: &Cause<'_>, delay: Duration) {
    let mut fields = cause.fields();
    fields.push(("delay", delay.into()));
    debug_of_call(
        RETRIES,
        "Retrying %(operation)s in %(delay).3f s after attempt %(attempt)d: %(reason)s",
        fields,
    );
}

/// `why`: what speaks against another attempt.
pub fn not_retrying(cause: &Cause<'_>, why: &'static str) {
    let mut fields = cause.fields();
    fields.push(("why", why.into()));
    debug_of_call(
        RETRIES,
        "Not retrying %(operation)s after attempt %(attempt)d: %(reason)s; %(why)s",
        fields,
    );
}

/// Adaptive mode sends no faster than this.
pub fn rate_limited(delay: Duration) {
    if is_on() {
        debug_of_call(
            RETRIES,
            "The adaptive rate limit holds %(operation)s back for %(delay).3f s",
            vec![("delay", delay.into())],
        );
    }
}

/// A connection is about to be opened. `proxy` is shown without its password.
pub fn connecting(host: &str, proxy: Option<String>) {
    if is_on() {
        let host = ("host", Value::from(host));
        match proxy {
            None => debug(CONNECTIONS, "Connecting to %(host)s", vec![host]),
            Some(proxy) => debug(
                CONNECTIONS,
                "Connecting to %(host)s through the proxy %(proxy)s",
                vec![host, ("proxy", proxy.into())],
            ),
        }
    }
}

/// The TLS handshake has succeeded.
pub fn secured(host: &str, tls: &rustls::CommonState) {
    if is_on() {
        let version = tls.protocol_version().map_or_else(String::new, |it| format!("{it:?}"));
        let suite = tls.negotiated_cipher_suite();
        let suite = suite.map_or_else(String::new, |it| format!("{:?}", it.suite()));
        debug(
            CONNECTIONS,
            "TLS handshake with %(host)s done: %(tls_version)s, %(tls_cipher)s",
            vec![
                ("host", host.into()),
                ("tls_version", version.into()),
                ("tls_cipher", suite.into()),
            ],
        );
    }
}

pub fn connected(since: Option<Instant>, host: &str, outcome: Option<&Error>) {
    let Some(since) = since else { return };
    let mut fields = vec![("host", host.into()), ("duration", since.elapsed().into())];
    match outcome {
        None => debug(CONNECTIONS, "Connected to %(host)s after %(duration).3f s", fields),
        Some(error) => {
            fields.push(("error", error.class_name().into()));
            fields.push(("reason", reason(error).into()));
            debug(
                CONNECTIONS,
                "No connection to %(host)s after %(duration).3f s: %(error)s%(reason)s",
                fields,
            );
        }
    }
}

/// An idle connection is used again.
pub fn connection_reused(idle: Duration) {
    if is_on() {
        debug(
            CONNECTIONS,
            "Reusing a connection that was idle for %(idle).3f s",
            vec![("idle", idle.into())],
        );
    }
}

/// The response has been read to its end.
pub fn connection_kept() {
    if is_on() {
        debug(CONNECTIONS, "Response complete; its connection is kept for later requests", vec![]);
    }
}

pub fn connection_closed(why: &'static str) {
    if is_on() {
        debug(CONNECTIONS, "Closed a connection: %(reason)s", vec![("reason", why.into())]);
    }
}

/// Idle connections were closed.
pub fn idle_connections_closed(count: usize) {
    if count > 0 && is_on() {
        debug(CONNECTIONS, "Closed idle connections: %(count)d", vec![("count", count.into())]);
    }
}

/// The request goes out once more because a reused connection was dead.
pub fn resending() {
    if is_on() {
        let text = "The reused connection was dead; the request is sent again on a new one";
        debug(CONNECTIONS, text, vec![]);
    }
}

/// A body that is being read has ended early.
pub fn response_broken(error: &Error) {
    if is_on() {
        let fields = vec![("error", error.class_name().into()), ("reason", reason(error).into())];
        debug(CONNECTIONS, "The response broke off: %(error)s%(reason)s", fields);
    }
}

/// A service that gives credentials has answered.
pub fn identity_service_answered(host: &str, status: u16, request_id: Option<&str>) {
    if is_on() {
        debug(
            CREDENTIALS,
            "%(host)s answered with status %(status)d, request id %(aws_request_id)s",
            vec![
                ("host", host.into()),
                ("status", u32::from(status).into()),
                ("aws_request_id", request_id.unwrap_or("unknown").into()),
            ],
        );
    }
}

/// A service that gives credentials cannot be reached, or does not answer in time.
pub fn identity_service_silent(host: &str) {
    if is_on() {
        let fields = vec![("host", host.into())];
        debug(CREDENTIALS, "%(host)s did not answer in time, or could not be reached", fields);
    }
}

/// A source of keys is about to be asked.
pub fn looking_for_credentials(method: &'static str) {
    if is_on() {
        let text = match method {
            "none" => "No credentials are configured, and instance metadata is disabled",
            _ => "Looking for credentials by %(credential_method)s",
        };
        debug(CREDENTIALS, text, vec![("credential_method", method.into())]);
    }
}

/// A call has no valid keys and waits for some.
pub fn waiting_for_credentials(method: &'static str) {
    if is_on() {
        debug(
            CREDENTIALS,
            "Waiting for credentials by %(credential_method)s",
            vec![("credential_method", method.into())],
        );
    }
}

pub fn credentials_found(method: &'static str, expires: Option<SystemTime>) {
    if is_on() {
        let valid = expires.map_or_else(|| "they do not expire".to_owned(), until);
        debug(
            CREDENTIALS,
            "Found credentials by %(credential_method)s: %(validity)s",
            vec![("credential_method", method.into()), ("validity", valid.into())],
        );
    }
}

/// No keys came. `in_use` is when those that are in use expire; they are used until then, and so
/// nobody else hears of the failure.
pub fn credentials_failed(method: &'static str, error: &Error, in_use: Option<SystemTime>) {
    let mut fields =
        vec![("credential_method", method.into()), ("error", error.class_name().into())];
    match in_use {
        Some(expires) if is_wanted(Level::Warning) => {
            fields.push(("validity", until(expires).into()));
            tell(
                Level::Warning,
                CREDENTIALS,
                "Refreshing the credentials by %(credential_method)s failed (%(error)s); those in \
                 use stay in use: %(validity)s",
                fields,
            );
        }
        None if is_on() => {
            debug(CREDENTIALS, "Found no credentials by %(credential_method)s: %(error)s", fields);
        }
        _ => {}
    }
}

fn until(time: SystemTime) -> String {
    let time = DateTime::from(time).fmt(Format::DateTime).unwrap_or_default();
    format!("they expire at {time}")
}

/// A service's error code that is one: the rest of an answer may quote the request.
fn is_name(code: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte);
    code.len() <= 100 && code.bytes().all(is_part)
}

/// The HTTP library's or our own words for what went wrong, if there are any: ": …".
fn reason(error: &Error) -> String {
    match error.kind() {
        Kind::ConnectTimeout { error, .. }
        | Kind::EndpointConnection { error, .. }
        | Kind::Ssl { error, .. }
        | Kind::ProxyConnection { error, .. }
        | Kind::ReadTimeout { error, .. }
        | Kind::ConnectionClosed { error, .. }
        | Kind::HttpClient { error }
        | Kind::ResponseStreaming { error }
        | Kind::IncompleteBody { error, .. } => format!(": {error}"),
        _ => String::new(),
    }
}
