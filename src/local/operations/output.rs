//! Answers on their way to HTTP, with whatever faults do to them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};

use super::body::{Body, Flow};
use super::chat::reply::Usage;
use super::counters::Counters;
use super::failure::Failure;
use super::faults::Fault;
use super::frames::Frames;
use super::ids::uuid;
use super::sabotage;
use super::wire::Line;

pub(crate) const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

/// What an operation answers.
pub(crate) struct Answer {
    content: Content,
    headers: Vec<(&'static str, String)>,
}

enum Content {
    Json(Bytes),
    Events { frames: Frames, interval: Option<Duration> },
}

impl Answer {
    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        Answer { content: Content::Json(body.into()), headers: Vec::new() }
    }

    /// An event stream whose tokens are `interval` apart.
    pub(crate) fn events(frames: Frames, interval: Option<Duration>) -> Self {
        Answer { content: Content::Events { frames, interval }, headers: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds the headers by which InvokeModel reports usage; `latency` is in milliseconds.
    pub(crate) fn counted(self, usage: &Usage, latency: u64) -> Self {
        let mut answer = self
            .with("x-amzn-bedrock-input-token-count", usage.input.to_string())
            .with("x-amzn-bedrock-invocation-latency", latency.to_string());
        if usage.output > 0 {
            answer = answer.with("x-amzn-bedrock-output-token-count", usage.output.to_string());
        }
        if let Some(cache) = usage.cache {
            answer = answer
                .with("x-amzn-bedrock-cache-read-input-token-count", cache.read.to_string())
                .with("x-amzn-bedrock-cache-write-input-token-count", cache.written.to_string());
        }
        answer
    }

    /// The response, with the faults that struck its call.
    pub(crate) fn into_response(
        self,
        strikes: &[Fault],
        line: Line,
        counters: &Arc<Counters>,
    ) -> Response<Body> {
        let (content_type, body) = match self.content {
            Content::Json(mut bytes) => {
                if strikes.iter().any(|fault| matches!(fault, Fault::BrokenBody)) {
                    bytes.truncate(bytes.len() / 2);
                }
                let turns = turns(strikes, bytes.len(), None);
                let body = if turns.is_empty() {
                    Body::Whole(bytes)
                } else {
                    Body::Flow(Box::new(Flow::whole(bytes, turns, line)))
                };
                ("application/json", body)
            }
            Content::Events { mut frames, interval } => {
                for fault in strikes {
                    sabotage::damage(&mut frames, fault);
                }
                let turns = turns(strikes, frames.bytes.len(), Some(&frames));
                let flow = Flow::events(frames, interval, turns, line, Arc::clone(counters));
                (EVENT_STREAM, Body::Flow(Box::new(flow)))
            }
        };
        let mut response = success(body, content_type);
        for fault in strikes {
            if let Fault::ContentType(value) = fault {
                response.headers_mut().insert(CONTENT_TYPE, value.clone());
            }
        }
        for (name, value) in &self.headers {
            set(&mut response, name, value);
        }
        response
    }
}

/// 200, with the headers that every answer has.
pub(crate) fn success(body: Body, content_type: &str) -> Response<Body> {
    let mut response = Response::new(body);
    set(&mut response, "content-type", content_type);
    set(&mut response, "x-amzn-requestid", &uuid(fastrand::u64(..)));
    response
}

impl Failure {
    pub(crate) fn response(&self) -> Response<Body> {
        let mut response = Response::new(Body::Whole(self.body()));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if self.raw_body.is_none() {
            set(&mut response, "content-type", "application/json");
            set(&mut response, "x-amzn-errortype", &self.error_type());
        } else {
            set(&mut response, "content-type", "text/html");
        }
        for (name, value) in &self.headers {
            set(&mut response, name, value);
        }
        set(&mut response, "x-amzn-requestid", &uuid(fastrand::u64(..)));
        response
    }
}

/// Where the answer pauses or breaks, in the order of the places.
fn turns(
    strikes: &[Fault],
    length: usize,
    frames: Option<&Frames>,
) -> Vec<(usize, super::body::Turn)> {
    let mut turns: Vec<_> =
        strikes.iter().filter_map(|fault| sabotage::turn(fault, length, frames)).collect();
    turns.sort_by_key(|(place, _)| *place);
    turns
}

/// Sets a header that HTTP allows; any other is left out.
fn set(response: &mut Response<Body>, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        response.headers_mut().insert(name, value);
    }
}
