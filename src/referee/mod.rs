//! Compares our engine with the client of the official SDK: both make the same calls to the same
//! server. Their requests, their signatures and their results must be the same.

mod sdk;
mod server;

use std::ffi::CStr;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Request, Response};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Value, json};

use crate::call::client::Client;
use crate::call::prepared::PreparedCall;
use crate::call::sigv4::{CanonicalCache, Scope, sigv4};
use crate::config::settings::Settings;
use crate::credentials::Identity;
use crate::environment::arguments::Arguments;
use crate::http::request_body::RequestBody;
use crate::model::Service;
use crate::python;
use server::Server;

const MODEL: &str = "us.anthropic.claude-v1:0/é ~*'()";
const REGION: &str = "us-west-2";
const ACCESS_KEY: &str = "AKIDEXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SESSION_TOKEN: &str = "token/+==";

/// Headers that differ between clients and do not matter for the call.
const UNCOMPARED: [&str; 10] = [
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "connection",
    "content-length",
    "host",
    "user-agent",
    "x-amz-date",
    "x-amz-user-agent",
];

/// An error of the service.
#[derive(Debug, PartialEq)]
struct Failure {
    code: String,
    message: String,
}

/// A call with its parameters in Python, the body of its response, and a Python expression that
/// summarizes the parsed response `r` as text.
struct Case {
    operation: &'static str,
    params: &'static CStr,
    body: Bytes,
    summary: &'static CStr,
}

fn cases() -> Vec<Case> {
    let case = |operation, params, body: Value, summary| Case {
        operation,
        params,
        body: body.to_string().into(),
        summary,
    };
    let streamed = |operation, params, events: &[(&str, Value)], summary| Case {
        operation,
        params,
        body: frames(events),
        summary,
    };
    vec![
        case(
            "Converse",
            c"{'modelId': MODEL, 'messages': [{'role': 'user', 'content': [
                {'text': 'What is \"π\"?\\n☃'},
                {'image': {'format': 'png', 'source': {'bytes': b'\\x89PNG\\x00\\xff'}}}]}],
               'system': [{'text': 'Be brief.'}],
               'inferenceConfig': {'maxTokens': 12, 'temperature': 0.5, 'stopSequences': ['</s>']},
               'toolConfig': {'tools': [{'toolSpec': {'name': 'look_up', 'inputSchema': {'json': {
                 'type': 'object', 'most': 2**63 - 1, 'some': [None, True], 'share': 0.25}}}}]},
               'requestMetadata': {'team': 'a b'}}",
            json!({
                "output": {"message": {"role": "assistant", "content": [{"text": "3.14 ☺"}]}},
                "stopReason": "end_turn", "metrics": {"latencyMs": 5},
                "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
            }),
            c"'%s %s %s %s' % (r['ResponseMetadata']['RequestId'],
                r['output']['message']['content'][0]['text'], r['stopReason'],
                r['usage']['totalTokens'])",
        ),
        streamed(
            "ConverseStream",
            c"{'modelId': MODEL, 'messages': [
                {'role': 'user', 'content': [{'text': 'What is \"π\"?\\n☃'}]}]}",
            &[
                ("messageStart", json!({"role": "assistant"})),
                ("contentBlockDelta", json!({"delta": {"text": "ü"}, "contentBlockIndex": 0})),
                ("contentBlockDelta", json!({"delta": {"text": "\n"}, "contentBlockIndex": 0})),
                ("messageStop", json!({"stopReason": "max_tokens"})),
            ],
            c"'|'.join(v.get('role') or v.get('stopReason') or v['delta']['text']
                for e in r['stream'] for v in e.values())",
        ),
        case(
            "InvokeModel",
            c"{'modelId': MODEL, 'body': '{\"a\": [1]}', 'contentType': 'application/json',
               'accept': 'application/json', 'trace': 'ENABLED'}",
            json!({"completion": "ü"}),
            c"r['contentType'] + ' ' + r['body'].read().decode()",
        ),
        streamed(
            "InvokeModelWithResponseStream",
            c"{'modelId': MODEL, 'body': b'{}', 'contentType': 'application/json',
               'accept': 'application/json'}",
            &[("chunk", json!({"bytes": "eyJhIjoxfQ=="})), ("chunk", json!({"bytes": ""}))],
            c"'|'.join(e['chunk']['bytes'].decode() for e in r['body'])",
        ),
        case(
            "CountTokens",
            c"{'modelId': MODEL, 'input': {'converse': {'messages': [
                {'role': 'user', 'content': [{'text': 'What is \"π\"?\\n☃'}]}]}}}",
            json!({"inputTokens": 41}),
            c"str(r['inputTokens'])",
        ),
        case(
            "ApplyGuardrail",
            c"{'guardrailIdentifier': 'g/1', 'guardrailVersion': 'DRAFT', 'source': 'INPUT',
               'content': [{'text': {'text': 'secret', 'qualifiers': ['query']}}]}",
            json!({
                "usage": {}, "action": "GUARDRAIL_INTERVENED",
                "outputs": [{"text": "no"}], "assessments": [],
            }),
            c"r['action'] + ' ' + r['outputs'][0]['text']",
        ),
        case(
            "InvokeGuardrailChecks",
            c"{'messages': [{'role': 'user', 'content': [{'text': 'secret'}]}],
               'checks': {'contentFilter': {'categories': [{'category': 'HATE'}]}}}",
            json!({
                "results": {
                    "contentFilter": {"results": [{"category": "HATE", "severityScore": 0.5}]},
                },
                "usage": {},
            }),
            c"'%(category)s %(severityScore)s' % r['results']['contentFilter']['results'][0]",
        ),
        case(
            "StartAsyncInvoke",
            c"{'clientRequestToken': 'token-1', 'modelId': 'amazon.nova-reel-v1:0',
               'modelInput': {'seed': -7},
               'outputDataConfig': {'s3OutputDataConfig': {'s3Uri': 's3://b/k'}}}",
            json!({"invocationArn": "arn:aws:bedrock:x"}),
            c"r['invocationArn']",
        ),
        case(
            "GetAsyncInvoke",
            c"{'invocationArn': 'arn:aws:bedrock:a/é~*\\'()'}",
            json!({
                "invocationArn": "a", "modelArn": "m", "status": "Completed",
                "submitTime": "2024-02-29T12:34:56Z",
                "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://b"}},
            }),
            c"'%s %d' % (r['status'], r['submitTime'].timestamp())",
        ),
        case(
            "ListAsyncInvokes",
            c"{'submitTimeAfter': 1700000000, 'statusEquals': 'InProgress', 'maxResults': 7,
               'nextToken': 'a+/= b'}",
            json!({
                "nextToken": "more",
                "asyncInvokeSummaries": [{
                    "invocationArn": "arn:1", "modelArn": "m", "submitTime": "2024-02-29T12:34:56Z",
                    "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://b"}},
                }],
            }),
            c"r['nextToken'] + ' ' + r['asyncInvokeSummaries'][0]['invocationArn']",
        ),
    ]
}

fn frames(events: &[(&str, Value)]) -> Bytes {
    let mut out = Vec::new();
    for (event_type, payload) in events {
        let header = |name: &'static str, value: &str| {
            Header::new(name, HeaderValue::String(value.to_owned().into()))
        };
        let message = Message::new(payload.to_string())
            .add_header(header(":message-type", "event"))
            .add_header(header(":event-type", event_type))
            .add_header(header(":content-type", "application/json"));
        write_message_to(&message, &mut out).unwrap();
    }
    out.into()
}

/// The two engines and the server that they call.
struct Engines {
    runtime: tokio::runtime::Runtime,
    server: Server,
    theirs: aws_sdk_bedrockruntime::Client,
    ours: Py<PyAny>,
}

#[expect(clippy::disallowed_methods, reason = "no thread of the runtime comes here")]
impl Engines {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.worker_threads(1).enable_all().build().unwrap();
        let server = runtime.block_on(Server::start());
        let theirs = sdk::client(&server.url);
        Python::initialize();
        let ours = Python::attach(|py| {
            python::make_importable(py).unwrap();
            let options = PyDict::new(py);
            for (name, value) in [
                ("endpoint_url", server.url.as_str()),
                ("region_name", REGION),
                ("signature_version", "v4"),
                ("aws_access_key_id", ACCESS_KEY),
                ("aws_secret_access_key", SECRET_KEY),
                ("aws_session_token", SESSION_TOKEN),
            ] {
                options.set_item(name, value).unwrap();
            }
            options.set_item("total_max_attempts", 1).unwrap();
            options.set_item("read_timeout", 20).unwrap();
            let core = py.import("fastbedrock._core").unwrap();
            core.call_method1("Engine", ("bedrock-runtime", options)).unwrap().unbind()
        });
        Engines { runtime, server, theirs, ours }
    }

    /// Makes the call with each engine. The SDK's comes first.
    fn call(&self, case: &Case, response: Response<Bytes>) -> (Observed, Observed) {
        self.server.respond_with(response);
        let call = async {
            let call = sdk::call(&self.theirs, case.operation);
            tokio::time::timeout(Duration::from_secs(20), call).await.unwrap()
        };
        let result = self.runtime.block_on(call);
        let theirs = Observed { request: self.server.request(), result };
        let result = Python::attach(|py| self.call_ours(py, case));
        (theirs, Observed { request: self.server.request(), result })
    }

    fn call_ours(&self, py: Python<'_>, case: &Case) -> Result<String, Failure> {
        let variables = PyDict::new(py);
        variables.set_item("MODEL", MODEL).unwrap();
        let params = py.eval(case.params, None, Some(&variables)).unwrap();
        match self.ours.bind(py).call_method1("call", (case.operation, params)) {
            Ok(response) => {
                variables.set_item("r", response).unwrap();
                Ok(py.eval(case.summary, Some(&variables), None).unwrap().extract().unwrap())
            }
            Err(error) => {
                let response = error.value(py).getattr("response").unwrap();
                let error = response.get_item("Error").unwrap();
                let text = |name| error.get_item(name).unwrap().extract().unwrap();
                Err(Failure { code: text("Code"), message: text("Message") })
            }
        }
    }
}

/// What the server received, and what the engine returned.
struct Observed {
    request: Request<Bytes>,
    result: Result<String, Failure>,
}

fn assert_agreement(case: &Case, theirs: &Observed, ours: &Observed) {
    let name = case.operation;
    assert_eq!(theirs.result, ours.result, "{name}");
    let (theirs, ours) = (&theirs.request, &ours.request);
    assert_eq!(theirs.method(), ours.method(), "{name}");
    assert_eq!(theirs.uri().path(), ours.uri().path(), "{name}");
    assert_eq!(query(theirs), query(ours), "{name}");
    assert_eq!(headers(theirs), headers(ours), "{name}");
    let json = |request: &Request<Bytes>| serde_json::from_slice::<Value>(request.body()).ok();
    assert_eq!(json(theirs), json(ours), "{name}");
    for request in [theirs, ours] {
        for signed in [resigned_by_us(request), resigned_by_them(request)] {
            assert_eq!(request.headers()[AUTHORIZATION], signed, "{name}");
        }
    }
}

/// The parameters of the query, sorted: their order does not matter.
fn query(request: &Request<Bytes>) -> Vec<&str> {
    let mut query: Vec<_> = request.uri().query().unwrap_or_default().split('&').collect();
    query.sort_unstable();
    query
}

fn headers(request: &Request<Bytes>) -> Vec<(String, String)> {
    let headers = request.headers().iter();
    let compared = headers.filter(|(name, _)| !UNCOMPARED.contains(&name.as_str()));
    let mut compared: Vec<_> = compared
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    compared.sort_unstable();
    compared
}

/// The request as it was before it was signed, and the time of its signature.
fn unsigned(request: &Request<Bytes>) -> (Request<()>, SystemTime) {
    let header = |name: &str| request.headers()[name].to_str().unwrap();
    let (_, signed) = header("authorization").split_once("SignedHeaders=").unwrap();
    let (signed, _) = signed.split_once(',').unwrap();
    let mut bare = Request::new(());
    *bare.method_mut() = request.method().clone();
    for name in signed.split(';').filter(|name| !ADDED.contains(name)) {
        let name: http::HeaderName = name.parse().unwrap();
        let value = request.headers()[&name].clone();
        bare.headers_mut().insert(name, value);
    }
    let date = header("x-amz-date");
    let (day, clock) = date.split_once('T').unwrap();
    let date = format!(
        "{}-{}-{}T{}:{}:{}",
        &day[..4],
        &day[4..6],
        &day[6..],
        &clock[..2],
        &clock[2..4],
        &clock[4..]
    );
    let time = DateTime::from_str(&date, Format::DateTime).unwrap();
    (bare, SystemTime::try_from(time).unwrap())
}

/// Headers that signing adds.
const ADDED: [&str; 2] = ["x-amz-date", "x-amz-security-token"];

fn identity() -> Identity {
    Identity::new(ACCESS_KEY, SECRET_KEY, Some(SESSION_TOKEN.to_owned()), None, "explicit")
}

fn resigned_by_us(request: &Request<Bytes>) -> http::HeaderValue {
    let (bare, time) = unsigned(request);
    let endpoint = settings().endpoint;
    let scope = Scope { region: &endpoint.signing_region, name: &endpoint.signing_name };
    let mut bare = bare.map(|()| RequestBody::from(request.body().clone()));
    *bare.uri_mut() = request.uri().clone();
    sigv4(&mut bare, &identity(), scope, time, &CanonicalCache::default()).unwrap();
    bare.headers()[AUTHORIZATION].clone()
}

fn settings() -> Settings {
    let arguments = Arguments {
        region_name: Some(REGION.to_owned()),
        external_credentials: true,
        signature_version: Some("v4".to_owned()),
        ..Arguments::default()
    };
    Settings::resolve(runtime_service(), arguments, None).unwrap()
}

/// The signature that the SDK makes, with its defaults.
fn resigned_by_them(request: &Request<Bytes>) -> http::HeaderValue {
    let (mut bare, time) = unsigned(request);
    let identity = Credentials::new(ACCESS_KEY, SECRET_KEY, Some(SESSION_TOKEN.into()), None, "");
    let identity = identity.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("bedrock")
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .unwrap();
    let headers = bare.headers().iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let url = format!("http://{}{}", bare.headers()[HOST].to_str().unwrap(), request.uri());
    let body = SignableBody::Bytes(request.body());
    let signable = SignableRequest::new(request.method().as_str(), url, headers, body).unwrap();
    let (instructions, _) = sign(signable, &params.into()).unwrap().into_parts();
    instructions.apply_to_request_http1x(&mut bare);
    bare.headers()[AUTHORIZATION].clone()
}

fn runtime_service() -> &'static Service {
    Service::find("bedrock-runtime").unwrap()
}

fn response(status: u16, content_type: &str, body: Bytes) -> Response<Bytes> {
    let response = Response::builder().status(status).header("content-type", content_type);
    response.header("x-amzn-requestid", "request-1").body(body).unwrap()
}

#[test]
fn both_engines_make_and_understand_every_call_alike() {
    let engines = Engines::start();
    let cases = cases();
    let operations = runtime_service().operations.iter();
    for operation in operations.filter(|operation| !operation.is_bidirectional()) {
        let case = cases.iter().find(|case| case.operation == operation.name);
        let case = case.unwrap_or_else(|| panic!("no case of {}", operation.name));
        let content_type = match operation.output.event_stream() {
            Some(_) => "application/vnd.amazon.eventstream",
            None => "application/json",
        };
        let (theirs, ours) = engines.call(case, response(200, content_type, case.body.clone()));
        assert!(ours.result.is_ok(), "{}: {:?}", case.operation, ours.result);
        assert_agreement(case, &theirs, &ours);
    }
}

/// What a presigner needs: a request that is signed and not sent.
#[test]
fn a_request_that_is_signed_and_not_sent_has_the_signature_of_the_official_client() {
    let client = Client::new(settings()).unwrap();
    let converse = runtime_service().operation("Converse").unwrap();
    let (model_id, _) = converse.input.member("modelId").unwrap();
    let call = PreparedCall {
        operation: converse,
        labels: vec![(model_id, MODEL.to_owned())],
        query: vec![("name with space".to_owned(), "a/b&c".to_owned())],
        headers: vec![(CONTENT_TYPE, http::HeaderValue::from_static("application/json"))],
        body: Bytes::from_static(b"{}").into(),
    };
    let options = client.options();
    let attempts = client.start(call.operation, &options);
    let identity = identity();
    let ready = client.ready(&call, &options, Some(&identity), &attempts);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let signed = runtime.block_on(ready.build().unwrap().sign()).unwrap();
    let request = (*signed.request).map(|body| Bytes::copy_from_slice(body.bytes()));
    assert_eq!(request.headers()[AUTHORIZATION], resigned_by_them(&request));
    assert!(signed.signature.is_some_and(|signature| signature.len() == 64));
}

#[test]
fn both_engines_understand_errors_alike() {
    let engines = Engines::start();
    let cases = cases();
    let forms = [
        (400, Some("ValidationException:http://internal.amazon.com/"), json!({"message": "no: ü"})),
        (429, None, json!({"__type": "com.amazon.bedrock#ThrottlingException", "message": "m"})),
        (404, None, json!({"code": "ResourceNotFoundException", "Message": "none"})),
        (403, Some("ExpiredTokenException"), json!({"message": "unmodelled"})),
        (424, Some("ModelErrorException"), json!({"message": "", "originalStatusCode": 500})),
        (500, Some("InternalServerException"), json!({"message": "oops"})),
    ];
    for (status, header, body) in forms {
        for case in &cases {
            let mut response = response(status, "application/json", body.to_string().into());
            if let Some(header) = header {
                response.headers_mut().insert("x-amzn-errortype", header.parse().unwrap());
            }
            let (theirs, ours) = engines.call(case, response);
            assert!(ours.result.is_err(), "{} {status}", case.operation);
            assert_agreement(case, &theirs, &ours);
        }
    }
}
