//! The events of retries, and of retries that are not made.

use std::time::Duration;

use super::emit::{Fields, debug_of_call};
use super::filter::is_on;
use crate::error::Error;

const RETRIES: &str = "fastbedrock.retries";

/// Why an attempt did not succeed.
pub enum Cause<'a> {
    Response { code: Option<&'a str>, status: u16, request_id: Option<&'a str> },
    Failure(&'a Error),
}

impl Cause<'_> {
    fn fields(&self) -> Fields {
        match self {
            Cause::Response { code, status, request_id } => {
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

/// `why` is the reason against another attempt.
pub fn not_retrying(cause: &Cause<'_>, why: &'static str) {
    let mut fields = cause.fields();
    fields.push(("why", why.into()));
    debug_of_call(
        RETRIES,
        "Not retrying %(operation)s after attempt %(attempt)d: %(reason)s; %(why)s",
        fields,
    );
}

/// Adaptive mode delays the request.
pub fn rate_limited(delay: Duration) {
    if is_on() {
        debug_of_call(
            RETRIES,
            "The adaptive rate limit holds %(operation)s back for %(delay).3f s",
            vec![("delay", delay.into())],
        );
    }
}

/// Whether the text looks like an error code. A response may have another text in its place, which
/// may quote the request.
fn is_name(code: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte);
    code.len() <= 100 && code.bytes().all(is_part)
}
