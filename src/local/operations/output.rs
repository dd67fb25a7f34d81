//! The output of an operation, and how it becomes a response.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use serde_json::{Map, Value};

use crate::local::chat::reply::Usage;
use crate::local::counters::Counters;
use crate::local::event_stream::frames::Frames;
use crate::local::faults::fault::Fault;
use crate::local::faults::injection;
use crate::local::http::fault_switch::FaultSwitch;
use crate::local::http::paced_body::PacedBody;
use crate::local::http::response::{set_header, success};
use crate::local::http::response_body::Body;
use crate::model::{self, Location, Operation};

pub(super) const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

pub(crate) struct OperationOutput {
    status: u16,
    content: Content,
    headers: Vec<(&'static str, String)>,
}

enum Content {
    Json(Bytes),
    Events { frames: Frames, interval: Option<Duration> },
}

impl OperationOutput {
    pub(super) fn json(body: impl Into<Bytes>) -> Self {
        OperationOutput::new(Content::Json(body.into()))
    }

    /// An output that is no stream, from its members. The model says which of them are headers, the
    /// status or the whole body, and what the usual status is.
    pub(super) fn of(operation: &Operation, members: Value) -> Self {
        let mut members = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let mut output = OperationOutput::new(Content::Json(Bytes::new()));
        output.status = operation.status;
        for member in operation.output.members() {
            match member.location {
                Location::Header => {
                    if let Some(value) = members.remove(member.name) {
                        output.headers.push((member.wire_name, text(&value)));
                    }
                }
                Location::StatusCode => {
                    let status = members.remove(member.name).and_then(|status| status.as_u64());
                    let status = status.and_then(|status| u16::try_from(status).ok());
                    output.status = status.unwrap_or(output.status);
                }
                _ => {}
            }
        }
        let body = match operation.output.body() {
            model::Body::JsonPayload(member) => members.remove(member.name).unwrap_or_default(),
            _ => Value::Object(members),
        };
        if output.status != StatusCode::NO_CONTENT.as_u16() {
            output.content = Content::Json(Bytes::from(body.to_string()));
        }
        output
    }

    pub(super) fn with_body(mut self, body: Bytes) -> Self {
        self.content = Content::Json(body);
        self
    }

    /// The JSON of the body; empty if the output is a stream.
    pub(super) fn body(&self) -> &[u8] {
        match &self.content {
            Content::Json(bytes) => bytes,
            Content::Events { .. } => &[],
        }
    }

    fn new(content: Content) -> Self {
        OperationOutput { status: StatusCode::OK.as_u16(), content, headers: Vec::new() }
    }

    /// An event stream that sends a token every `interval`.
    pub(super) fn events(frames: Frames, interval: Option<Duration>) -> Self {
        OperationOutput::new(Content::Events { frames, interval })
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds the headers by which InvokeModel reports usage. `latency` is in milliseconds.
    pub(super) fn with_usage(self, usage: &Usage, latency: u64) -> Self {
        let mut output = self
            .with_header("x-amzn-bedrock-input-token-count", usage.input.to_string())
            .with_header("x-amzn-bedrock-invocation-latency", latency.to_string());
        if usage.output > 0 {
            let count = usage.output.to_string();
            output = output.with_header("x-amzn-bedrock-output-token-count", count);
        }
        if let Some(cache) = usage.cache {
            let (read, written) = (cache.read.to_string(), cache.written.to_string());
            output = output
                .with_header("x-amzn-bedrock-cache-read-input-token-count", read)
                .with_header("x-amzn-bedrock-cache-write-input-token-count", written);
        }
        output
    }

    /// The response, with the faults that hit its request.
    pub(crate) fn into_response(
        self,
        faults: &[Fault],
        fault_switch: FaultSwitch,
        counters: &Arc<Counters>,
    ) -> Response<Body> {
        let (content_type, body) = match self.content {
            Content::Json(mut bytes) => {
                if faults.iter().any(|fault| matches!(fault, Fault::BrokenBody)) {
                    bytes.truncate(bytes.len() / 2);
                }
                let interruptions = injection::interruptions(faults, bytes.len(), None);
                let body = if interruptions.is_empty() {
                    Body::whole(bytes)
                } else {
                    Body::paced(PacedBody::whole(bytes, interruptions, fault_switch))
                };
                ("application/json", body)
            }
            Content::Events { mut frames, interval } => {
                for fault in faults {
                    injection::damage(&mut frames, fault);
                }
                let length = frames.bytes.len();
                let interruptions = injection::interruptions(faults, length, Some(&frames));
                let counters = Arc::clone(counters);
                let body =
                    PacedBody::events(frames, interval, interruptions, fault_switch, counters);
                (EVENT_STREAM, Body::paced(body))
            }
        };
        let mut response = success(body, content_type);
        if let Ok(status) = StatusCode::from_u16(self.status) {
            *response.status_mut() = status;
        }
        for fault in faults {
            if let Fault::ContentType(value) = fault {
                response.headers_mut().insert(CONTENT_TYPE, value.clone());
            }
        }
        for (name, value) in &self.headers {
            set_header(&mut response, name, value);
        }
        response
    }
}

/// A value in a header.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
