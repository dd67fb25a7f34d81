//! botocore's decisions, recorded by `tools/record_retry_reference.py`, for the tests here.

use serde_json::Value;

use crate::call::retry::reason::RetryReason;
use crate::error::Error;
use crate::error::Kind;
use crate::model::{Operation, Service};

pub(crate) fn section(name: &str) -> Value {
    let text = include_str!("../../../tests/data/retry_reference.json");
    let mut sections: Value = serde_json::from_str(text).unwrap();
    let section = sections[name].take();
    assert!(!section.is_null(), "no section {name}");
    section
}

/// The bytes of a string in which each character stands for one byte.
pub(crate) fn latin_1(text: &Value) -> Vec<u8> {
    text.as_str().unwrap().chars().map(|character| u8::try_from(character).unwrap()).collect()
}

pub(super) fn operation(name: &str) -> &'static Operation {
    Service::find("bedrock-runtime").unwrap().operation(name).unwrap()
}

/// The reason that a recorded letter stands for.
pub(super) fn reason(letter: char) -> Option<RetryReason> {
    match letter {
        'T' => Some(RetryReason::Throttling),
        'R' => Some(RetryReason::Transient),
        _ => None,
    }
}

/// Compares `reason` for every recorded status and code.
pub(super) fn assert_reasons(
    mode: &str,
    operation: &str,
    reason: impl Fn(u16, &str) -> Option<RetryReason>,
) {
    let reasons = section("causes");
    let statuses = reasons["statuses"].as_array().unwrap();
    let codes = reasons[mode][operation].as_object().unwrap();
    assert!(statuses.len() > 20 && codes.len() > 20);
    for (code, letters) in codes {
        for (status, letter) in statuses.iter().zip(letters.as_str().unwrap().chars()) {
            let status = status.as_u64().unwrap().try_into().unwrap();
            let expected = self::reason(letter);
            assert_eq!(reason(status, code), expected, "{mode} {operation}: {status} {code}");
        }
    }
}

/// The error that becomes botocore's exception class `name`.
pub(super) fn failure(name: &str) -> Error {
    let (url, error) = ("http://localhost/".to_owned(), "gone".to_owned());
    let kind = match name {
        "ConnectTimeoutError" => Kind::ConnectTimeout { endpoint_url: url, error },
        "EndpointConnectionError" => Kind::EndpointConnection { endpoint_url: url, error },
        "SSLError" => Kind::Ssl { endpoint_url: url, error },
        "ProxyConnectionError" => Kind::ProxyConnection { proxy_url: url, error },
        "ReadTimeoutError" => Kind::ReadTimeout { endpoint_url: url, error },
        "ConnectionClosedError" => Kind::ConnectionClosed { endpoint_url: url, error, late: false },
        "HTTPClientError" => Kind::HttpClient { error },
        "NoCredentialsError" => Kind::NoCredentials,
        other => panic!("no kind for {other}"),
    };
    let failure = Error::new(kind);
    assert_eq!(failure.class_name(), name);
    failure
}
