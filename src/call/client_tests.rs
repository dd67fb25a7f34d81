//! The states and options of a call, tested against a plain TCP listener.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::*;
use crate::environment::arguments::{Arguments, Timeout};
use crate::http::exchange::Timeouts;
use crate::http::request_body::RequestBody;
use crate::model::Service;

fn client(endpoint_url: &str) -> Client {
    let arguments = Arguments {
        region_name: Some("us-west-2".to_owned()),
        endpoint_url: Some(endpoint_url.to_owned()),
        aws_access_key_id: Some("AKIDEXAMPLE".to_owned()),
        aws_secret_access_key: Some("secret".to_owned()),
        read_timeout: Some(Timeout(Some(Duration::from_secs(30)))),
        total_max_attempts: Some(3),
        retry_read_timeout: true,
        ..Arguments::default()
    };
    let service = Service::find("bedrock-runtime").unwrap();
    Client::new(Settings::resolve(service, arguments, None).unwrap()).unwrap()
}

fn prepared() -> PreparedCall {
    let operation = Service::find("bedrock-runtime").unwrap().operation("Converse").unwrap();
    let (model_id, _) = operation.input.member("modelId").unwrap();
    PreparedCall {
        operation,
        labels: vec![(model_id, "a:b".to_owned())],
        query: Vec::new(),
        headers: Vec::new(),
        body: Bytes::from_static(b"{}").into(),
    }
}

#[test]
fn each_operation_has_its_path_for_each_label() {
    let client = client("http://127.0.0.1:1");
    let path = |call: &PreparedCall| client.target.path_and_query(call).unwrap().to_string();
    let service = Service::find("bedrock-runtime").unwrap();
    let mut call = prepared();
    // From the second time on, they are known.
    for _ in 0..2 {
        for (name, end) in [("Converse", "converse"), ("CountTokens", "count-tokens")] {
            call.operation = service.operation(name).unwrap();
            let (model_id, _) = call.operation.input.member("modelId").unwrap();
            for (label, escaped) in [("a:b", "a%3Ab"), ("c", "c")] {
                call.labels = vec![(model_id, label.to_owned())];
                call.query = Vec::new();
                assert_eq!(path(&call), format!("/model/{escaped}/{end}"));
                call.query = vec![("d".to_owned(), "e".to_owned())];
                assert_eq!(path(&call), format!("/model/{escaped}/{end}?d=e"));
            }
        }
    }
}

/// Listens, and calls `serve` with each connection in a new thread.
fn listen(serve: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream.unwrap()));
        }
    });
    url
}

/// Reads the request and never responds.
fn stay_silent(mut stream: TcpStream) {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
}

/// Responds with this status, and with the headers of the request as the body.
fn echo(mut stream: TcpStream, status: u16) {
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer).unwrap();
    let length = count;
    let head = format!("HTTP/1.1 {status} Any\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&buffer[..count]).unwrap();
}

#[tokio::test]
async fn a_call_has_its_own_read_timeout_and_number_of_attempts() {
    let client = client(&listen(stay_silent));
    let limit = Duration::from_millis(50);
    let options = CallOptions {
        timeouts: Timeouts { read: Some(limit), ..client.options().timeouts },
        max_attempts: 1,
        ..client.options()
    };
    let started = Instant::now();
    let outcome = client.call(&prepared(), &options, None).await;
    let error = outcome.err().unwrap();
    assert!(error.is_read_timeout(), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10), "the client's timeout was used");
    assert_eq!(client.options().max_attempts, 3);
}

#[tokio::test]
async fn attempts_end_with_the_options_of_the_call() {
    let client = client(&listen(|stream| echo(stream, 500)));
    for max_attempts in [1, 2] {
        let options = CallOptions { max_attempts, ..client.options() };
        let response = client.call(&prepared(), &options, None).await.unwrap();
        assert_eq!(response.head.status, 500);
        assert_eq!(response.head.retry_attempts, max_attempts - 1);
        assert!(response.head.max_attempts_reached);
        let last = format!("attempt={max_attempts}; max={max_attempts}");
        let seen = String::from_utf8_lossy(response.payload.bytes()).into_owned();
        assert!(seen.contains(&last), "{seen}");
    }
}

#[tokio::test]
async fn a_call_has_its_own_connect_timeout() {
    // The connect timeout includes the TLS handshake, which never ends here.
    let client = client(&listen(stay_silent).replace("http:", "https:"));
    let options = CallOptions {
        timeouts: Timeouts {
            connect: Some(Duration::from_millis(20)),
            ..client.options().timeouts
        },
        max_attempts: 1,
        ..client.options()
    };
    let started = Instant::now();
    let error = client.call(&prepared(), &options, None).await.err().unwrap();
    assert_eq!(error.class_name(), "ConnectTimeoutError");
    assert!(started.elapsed() < Duration::from_secs(5), "the client's timeout was used");
}

#[tokio::test]
async fn headers_of_a_call_are_sent_and_signed() {
    let client = client(&listen(|stream| echo(stream, 200)));
    let header = (HeaderName::from_static("x-own"), HeaderValue::from_static("yes"));
    let options = CallOptions { headers: vec![header], ..client.options() };
    let response = client.call(&prepared(), &options, None).await.unwrap();
    let seen = String::from_utf8_lossy(response.payload.bytes()).into_owned();
    assert!(seen.contains("x-own: yes"), "{seen}");
    assert!(seen.contains("SignedHeaders=host;x-amz-date;x-own"), "{seen}");
}

#[tokio::test]
async fn an_attempt_can_be_stopped_and_changed_at_each_state() {
    // No server listens on this port, because this test sends no request.
    let client = client("http://localhost:1/prefix");
    let (call, options) = (prepared(), &client.options());
    let attempts = client.start(call.operation, options);
    let ready = client.ready(&call, options, None, &attempts);

    let mut built = ready.build().unwrap();
    assert_eq!(built.request.uri(), "/prefix/model/a%3Ab/converse");
    built.request.headers_mut().insert("x-hooked", HeaderValue::from_static("before"));
    *built.request.body_mut() = RequestBody::from(Bytes::from_static(b"{\"a\": 1}"));

    let signed = built.sign().await.unwrap();
    let signature = signed.signature.as_ref().unwrap();
    let header = signed.request.headers()[AUTHORIZATION].to_str().unwrap();
    assert!(header.contains("SignedHeaders=host;x-amz-date;x-hooked,"), "{header}");
    assert!(header.ends_with(&format!("Signature={signature}")), "{header}");
    assert_eq!(signed.request.body().bytes(), &b"{\"a\": 1}"[..]);
}
