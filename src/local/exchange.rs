//! One request and its answer: read, route, check, dispatch.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Map, Value};

use super::auth::Gate;
use super::body::{Body, Stream};
use super::bridge::Bridge;
use super::chat;
use super::chat::prompt::Prompt;
use super::chat::reply::{Reply, Usage};
use super::converse;
use super::counters::Counters;
use super::embedding;
use super::failure::Failure;
use super::families::{self, chat_body};
use super::frames::Frames;
use super::model_id::{self, Family, family};
use super::router::{Route, route};
use super::scenario::Scenario;
use super::validate;
use super::wire::Line;
use crate::model::{Location, Operation};

/// Everything that the exchanges of a server share.
pub(crate) struct Bedrock {
    pub counters: Arc<Counters>,
    pub bridge: Bridge,
    gate: Gate,
    scenario: ArcSwap<Scenario>,
}

impl Bedrock {
    pub(crate) fn new() -> Self {
        Bedrock {
            counters: Arc::default(),
            bridge: Bridge::default(),
            gate: Gate::new(),
            scenario: ArcSwap::from_pointee(Scenario::default()),
        }
    }

    pub(crate) fn scenario(&self) -> Arc<Scenario> {
        self.scenario.load_full()
    }

    pub(crate) fn set_scenario(&self, scenario: Scenario) {
        self.scenario.store(Arc::new(scenario));
    }
}

/// A call that has passed every check.
struct Call {
    operation: &'static Operation,
    /// The modelled members by name; a blob payload stays in `body`.
    input: Value,
    body: Bytes,
    started: Instant,
    /// Differs from call to call.
    seed: u64,
}

/// An answer of the service.
struct Answer {
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    content: Content,
}

enum Content {
    Whole(Bytes),
    Events(Frames),
}

/// Counts a request whose client went away before its answer.
struct Unanswered(Option<Arc<Counters>>);

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some(counters) = &self.0 {
            counters.request_aborted();
        }
    }
}

pub(crate) async fn answer(
    bedrock: Arc<Bedrock>,
    _line: Line,
    request: Request<Incoming>,
) -> Response<Body> {
    let started = Instant::now();
    let (parts, incoming) = request.into_parts();
    let mut unanswered = Unanswered(None);
    if let Some(name) = parts.uri.path().strip_prefix("/_local/") {
        return controlled(&bedrock, parts.method.as_str(), name, incoming).await;
    }
    bedrock.counters.request_started();
    unanswered.0 = Some(Arc::clone(&bedrock.counters));
    let route = route(&parts.method, parts.uri.path());
    let operation = route.as_ref().map(|route| route.operation);
    let outcome = match (route, incoming.collect().await) {
        (_, Err(_)) => Err(Failure::serialization("The request's body ended too soon")),
        (None, _) => Err(Failure::unknown_operation()),
        (Some(route), Ok(body)) => bedrock.call(route, &parts, body.to_bytes(), started).await,
    };
    unanswered.0 = None;
    let response = bedrock.response(outcome);
    let name = operation.map_or("UnknownOperation", |operation| operation.name);
    bedrock.counters.answered(name, response.status().as_u16());
    response
}

async fn controlled(bedrock: &Bedrock, method: &str, name: &str, body: Incoming) -> Response<Body> {
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let (status, text) = match bedrock.control(method, name, &body) {
        Ok(text) => (StatusCode::OK, text),
        Err(message) => {
            (StatusCode::BAD_REQUEST, serde_json::json!({"message": message}).to_string())
        }
    };
    let mut response = Response::new(Body::Whole(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}

impl Bedrock {
    async fn call(
        &self,
        route: Route,
        parts: &Parts,
        body: Bytes,
        started: Instant,
    ) -> Result<Answer, Failure> {
        self.gate.check(parts, &body, SystemTime::now())?;
        let operation = route.operation;
        let input = input(&route, parts, &body)?;
        validate::check(operation.input, &input)?;
        let call =
            Call { operation, input: Value::Object(input), body, started, seed: fastrand::u64(..) };
        match operation.name {
            "Converse" | "ConverseStream" => self.converse(&call).await,
            "InvokeModel" | "InvokeModelWithResponseStream" => self.invoke_model(&call).await,
            _ => Err(Failure::unknown_operation()),
        }
    }

    async fn converse(&self, call: &Call) -> Result<Answer, Failure> {
        let model = call.input["modelId"].as_str().unwrap_or_default();
        family(model).filter(|family| family.chats()).ok_or_else(Failure::unknown_model)?;
        let prompt = converse::prompt(&call.input)?;
        let streamed = call.operation.name == "ConverseStream";
        let reply = self.reply(&prompt, call, streamed).await;
        Ok(match streamed {
            true => Answer::events(converse::stream(&reply, &call.input, call.seed)),
            false => Answer::json(converse::response(&reply, &call.input).to_string()),
        })
    }

    async fn invoke_model(&self, call: &Call) -> Result<Answer, Failure> {
        let identifier = call.input["modelId"].as_str().unwrap_or_default();
        let family = family(identifier).ok_or_else(Failure::unknown_model)?;
        let body: Value = serde_json::from_slice(&call.body).map_err(|_| {
            Failure::validation(
                "Malformed input request, please reformat your input and try again.",
            )
        })?;
        let streamed = call.operation.name == "InvokeModelWithResponseStream";
        let Some(form) = chat_body(family) else {
            if streamed {
                return Err(Failure::validation(
                    "The model is unsupported for streaming. Use a different model and try again.",
                ));
            }
            let embedded = match family {
                Family::TitanEmbedding => embedding::titan(&body)?,
                Family::CohereEmbedding => embedding::cohere(&body)?,
                _ => return Err(Failure::unknown_model()),
            };
            let usage = Usage { input: embedded.tokens, ..Usage::default() };
            return Ok(Answer::json(embedded.body).counted(&usage, elapsed(call.started)));
        };
        let prompt = form.prompt(&body)?;
        let reply = self.reply(&prompt, call, streamed).await;
        let answer = families::Answer {
            reply: &reply,
            body: &body,
            model: model_id::foundation_model(identifier),
            seed: call.seed,
        };
        Ok(match streamed {
            true => Answer::events(families::frames(form, &answer))
                .with("x-amzn-bedrock-content-type", "application/json".to_owned()),
            false => Answer::json(form.response(&answer).to_string())
                .counted(&reply.usage, reply.latency),
        })
    }

    /// Lets the model speak, in the time that it takes.
    async fn reply(&self, prompt: &Prompt, call: &Call, streamed: bool) -> Reply {
        let mut reply = chat::finish(prompt, chat::echo(prompt));
        let scenario = self.scenario.load_full();
        let tokens = reply.usage.output;
        let thinking = scenario.interval.map_or(Duration::ZERO, |interval| interval * tokens);
        let wait = if streamed { scenario.first_token } else { scenario.first_token + thinking };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        reply.first_token = elapsed(call.started);
        let rest = if streamed { thinking } else { Duration::ZERO };
        reply.latency = reply.first_token + u64::try_from(rest.as_millis()).unwrap_or(u64::MAX);
        reply
    }

    fn response(&self, outcome: Result<Answer, Failure>) -> Response<Body> {
        let mut response;
        match outcome {
            Ok(answer) => {
                let body = match answer.content {
                    Content::Whole(bytes) => Body::Whole(bytes),
                    Content::Events(frames) => {
                        let interval = self.scenario.load().interval;
                        Body::Stream(Box::new(Stream::new(
                            frames,
                            interval,
                            Arc::clone(&self.counters),
                        )))
                    }
                };
                response = Response::new(body);
                let headers = response.headers_mut();
                headers.insert("content-type", HeaderValue::from_static(answer.content_type));
                for (name, value) in answer.headers {
                    if let Ok(value) = HeaderValue::try_from(value) {
                        headers.insert(name, value);
                    }
                }
            }
            Err(failure) => {
                response = Response::new(Body::Whole(failure.body()));
                *response.status_mut() = StatusCode::from_u16(failure.status)
                    .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let headers = response.headers_mut();
                headers.insert("content-type", HeaderValue::from_static("application/json"));
                if let Ok(error_type) = HeaderValue::try_from(failure.error_type()) {
                    headers.insert("x-amzn-errortype", error_type);
                }
                for (name, value) in &failure.headers {
                    if let (Ok(name), Ok(value)) =
                        (HeaderName::try_from(name), HeaderValue::try_from(value))
                    {
                        headers.insert(name, value);
                    }
                }
            }
        }
        if let Ok(id) = HeaderValue::try_from(request_id()) {
            response.headers_mut().insert("x-amzn-requestid", id);
        }
        response
    }
}

impl Answer {
    fn json(body: String) -> Self {
        Answer {
            content_type: "application/json",
            headers: Vec::new(),
            content: Content::Whole(Bytes::from(body)),
        }
    }

    fn events(frames: Frames) -> Self {
        Answer {
            content_type: "application/vnd.amazon.eventstream",
            headers: Vec::new(),
            content: Content::Events(frames),
        }
    }

    fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Adds the headers by which InvokeModel reports usage.
    fn counted(self, usage: &Usage, latency: u64) -> Self {
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
}

/// Gathers the modelled members from path, query, headers and body.
fn input(route: &Route, parts: &Parts, body: &Bytes) -> Result<Map<String, Value>, Failure> {
    let structure = route.operation.input;
    let has_body = structure.members.iter().any(|member| member.location == Location::Body);
    let mut input = Map::new();
    if has_body && structure.payload.is_none() && !body.is_empty() {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => input = members,
            Ok(_) => {
                return Err(Failure::serialization("Unexpected token at the start of the request"));
            }
            Err(error) => return Err(Failure::serialization(error.to_string())),
        }
    }
    for (index, label) in &route.labels {
        if let Some(member) = structure.members.get(*index) {
            input.insert(member.name.to_owned(), Value::from(label.as_str()));
        }
    }
    for member in structure.members {
        let value = match member.location {
            Location::Header => parts
                .headers
                .get(member.wire_name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            Location::Query => query(parts, member.wire_name),
            Location::Body | Location::Uri => None,
        };
        if let Some(value) = value {
            input.insert(member.name.to_owned(), Value::String(value));
        }
    }
    Ok(input)
}

fn query(parts: &Parts, name: &str) -> Option<String> {
    parts.uri.query()?.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
        (key == name).then(|| value.into_owned())
    })
}

fn elapsed(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A random UUID.
fn request_id() -> String {
    let number = fastrand::u128(..);
    let text = format!("{number:032x}");
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
