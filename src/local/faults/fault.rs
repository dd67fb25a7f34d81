//! One fault: what goes wrong with a response.

use std::time::Duration;

use http::HeaderValue;
use serde_json::Value;

use crate::local::json::strict::StrictObject;
use crate::local::service_error::ServiceError;

#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// An error response.
    Error(ServiceError),
    SlowFirstByte(Duration),
    /// Time from token to token.
    SlowTokens(Duration),
    /// Silence in the middle of a response; `None` lasts until the client gives up.
    Stall {
        after: usize,
        pause: Option<Duration>,
    },
    /// RST.
    Reset(BreakPoint),
    /// FIN, while the other direction stays open.
    HalfClose(BreakPoint),
    /// The checksum of this frame (from 0) is wrong.
    BadChecksum(usize),
    /// The response ends inside this frame, and the connection closes normally.
    TruncatedFrame(usize),
    /// This frame announces a length beyond every limit.
    OversizedFrame(usize),
    /// An exception replaces this frame and all that follow.
    ExceptionFrame {
        after: usize,
        error: ServiceError,
    },
    ContentType(HeaderValue),
    /// The JSON of the response is cut in half; its headers announce the shorter length.
    BrokenBody,
}

/// Where a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BreakPoint {
    Headers,
    /// After this many bytes of the body; `None` is half of it.
    Body(Option<usize>),
    /// In the middle of this frame (from 0).
    Frame(usize),
}

impl Fault {
    /// Reads the settings of a fault of this kind. The other settings of the rule stay in `object`.
    pub(super) fn parse(kind: &str, object: &mut StrictObject) -> Result<Self, String> {
        Ok(match kind {
            "error" => {
                let retry_after = object.count("retry_after_ms")?;
                let raw_body = object.text("body")?;
                let mut error = error(object)?;
                error.raw_body = raw_body.map(String::into_boxed_str);
                if let Some(milliseconds) = retry_after {
                    error.headers.push(("x-amz-retry-after".to_owned(), milliseconds.to_string()));
                }
                Fault::Error(error)
            }
            "slow_first_byte" => {
                let seconds = object.seconds("seconds")?;
                Fault::SlowFirstByte(object.required("seconds", seconds)?)
            }
            "slow_tokens" => {
                let interval = object.interval("tokens_per_second")?;
                Fault::SlowTokens(object.required("tokens_per_second", interval)?)
            }
            "stall" => Fault::Stall {
                after: position(object, "after")?.unwrap_or(1),
                pause: object.seconds("seconds")?,
            },
            "reset" => Fault::Reset(break_point(object)?),
            "half_close" => Fault::HalfClose(break_point(object)?),
            "bad_checksum" => Fault::BadChecksum(position(object, "frame")?.unwrap_or(1)),
            "truncated_frame" => Fault::TruncatedFrame(position(object, "frame")?.unwrap_or(1)),
            "oversized_frame" => Fault::OversizedFrame(position(object, "frame")?.unwrap_or(1)),
            "exception_frame" => {
                let after = position(object, "after")?.unwrap_or(1);
                Fault::ExceptionFrame { after, error: error(object)? }
            }
            "content_type" => {
                let value = object
                    .read("value", "the value of a header", |value| value.as_str()?.parse().ok())?;
                Fault::ContentType(object.required("value", value)?)
            }
            "broken_body" => Fault::BrokenBody,
            _ => return Err(format!("fault: there is none called {kind}")),
        })
    }
}

/// A number of bytes or of frames.
fn position(object: &mut StrictObject, name: &str) -> Result<Option<usize>, String> {
    Ok(object.count(name)?.and_then(|count| usize::try_from(count).ok()))
}

/// The error in the members `code`, `message` and `status` of the rule.
fn error(object: &mut StrictObject) -> Result<ServiceError, String> {
    let error: serde_json::Map<String, Value> = ["code", "message", "status"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), object.take(name)?)))
        .collect();
    ServiceError::from_settings(&Value::Object(error))
}

fn break_point(object: &mut StrictObject) -> Result<BreakPoint, String> {
    let at = object.text("at")?;
    let after = position(object, "after")?;
    match at.as_deref() {
        None | Some("headers") => Ok(BreakPoint::Headers),
        Some("body") => Ok(BreakPoint::Body(after)),
        Some("frame") => Ok(BreakPoint::Frame(after.unwrap_or(1))),
        Some(other) => Err(format!("fault: at must be headers, body or frame, not {other}")),
    }
}
