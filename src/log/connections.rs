//! The events of connections.

use std::time::{Duration, Instant};

use super::emit::{debug, reason};
use super::event::Value;
use super::filter::is_on;
use crate::error::Error;

const CONNECTIONS: &str = "fastbedrock.connections";

/// A connection is about to be opened. `proxy` is the URL without a password.
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

/// Opening a connection has succeeded or failed.
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

/// The response has been read to its end, and its connection returns to the pool.
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

/// Idle connections have been closed.
pub fn idle_connections_closed(count: usize) {
    if count > 0 && is_on() {
        debug(CONNECTIONS, "Closed idle connections: %(count)d", vec![("count", count.into())]);
    }
}

/// The request is sent again because the reused connection was stale.
pub fn resending() {
    if is_on() {
        let text = "The reused connection was dead; the request is sent again on a new one";
        debug(CONNECTIONS, text, vec![]);
    }
}

/// Reading the body of a response has failed.
pub fn response_broken(error: &Error) {
    if is_on() {
        let fields = vec![("error", error.class_name().into()), ("reason", reason(error).into())];
        debug(CONNECTIONS, "The response broke off: %(error)s%(reason)s", fields);
    }
}
