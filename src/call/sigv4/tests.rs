//! The signer makes the signatures of `aws-sigv4`, for any request.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_lc_rs::digest::{SHA256, digest};
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::Method;
use http::header::{HOST, HeaderMap};
use percent_encoding::utf8_percent_encode;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::call::prepared::RESERVED;

/// What a request is made of, and what signs it.
#[derive(Debug, Clone)]
struct Given {
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    secret: String,
    token: Option<String>,
    region: &'static str,
    name: &'static str,
    seconds: u64,
}

fn given() -> impl Strategy<Value = Given> {
    let segment = prop_oneof![
        select(vec!["", ".", "..", "...", ".a", "model", "a%3Ab", "%2F", "é", "v1:0"])
            .prop_map(str::to_owned),
        "[!$&'()*+,;=:@A-Za-z0-9._~-]{0,12}",
    ];
    let path = vec(segment, 0..6).prop_map(|segments| format!("/{}", segments.join("/")));
    let query =
        "[a-c]{0,2}=?[a-c&=+;:/?@!$'()*,._~-]{0,20}(%[0-9A-Fa-f]{2}){0,2}(&[a-z]{1,2}){0,3}";
    let target = (path, option::of(query)).prop_map(|(path, query)| match query {
        Some(query) => format!("{path}?{query}"),
        None => path,
    });
    let names = select(vec![
        "accept",
        "content-type",
        "content-length",
        "x-amz-date",
        "x-amzn-bedrock-trace",
        "x-a",
        "x-a-b",
        "x-ab",
    ]);
    let headers = vec((names, "[ \ta-zé,;:=/\"]{0,20}( {1,3}[a-z ]{0,4}){0,3}"), 0..8);
    let scope =
        (select(vec!["us-west-2", "eu-north-1"]), select(vec!["bedrock", "bedrock-agentcore"]));
    (
        select(vec!["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]),
        target,
        headers,
        vec(any::<u8>(), 0..300),
        "[A-Za-z0-9/+=]{0,100}",
        option::of("[A-Za-z0-9/+=]{1,200}"),
        scope,
        0..253_402_300_800_u64,
    )
        .prop_map(|(method, target, headers, body, secret, token, (region, name), seconds)| {
            Given { method, target, headers, body, secret, token, region, name, seconds }
        })
}

impl Given {
    fn request(&self) -> Request<RequestBody> {
        let mut request = Request::new(RequestBody::from(Bytes::from(self.body.clone())));
        *request.method_mut() = Method::from_bytes(self.method.as_bytes()).unwrap();
        *request.uri_mut() = self.target.parse().unwrap();
        request.headers_mut().insert(HOST, HeaderValue::from_static("h.example:8000"));
        for (name, value) in &self.headers {
            request.headers_mut().append(*name, HeaderValue::from_str(value).unwrap());
        }
        request
    }

    fn identity(&self) -> Identity {
        Identity::new("AKIDEXAMPLE", &self.secret, self.token.clone(), None, "explicit")
    }

    fn scope(&self) -> Scope<'static> {
        Scope { region: self.region, name: self.name }
    }

    fn time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.seconds * 1000 + 999)
    }

    /// The headers and the parameters that `aws-sigv4` adds.
    fn signed_by_theirs(&self, mut settings: SigningSettings) -> Vec<(String, String)> {
        settings.excluded_headers = None;
        let credentials =
            Credentials::new("AKIDEXAMPLE", &self.secret, self.token.clone(), None, "");
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.name)
            .time(self.time())
            .settings(settings)
            .build()
            .unwrap();
        let request = self.request();
        let headers = request.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.as_str(), std::str::from_utf8(value.as_bytes()).unwrap()));
        let body = SignableBody::Bytes(&self.body);
        let signable = SignableRequest::new(self.method, &self.target, headers, body).unwrap();
        let (headers, parameters) =
            sign(signable, &params.into()).unwrap().into_parts().0.into_parts();
        let headers =
            headers.into_iter().map(|header| (header.name().to_owned(), header.value().to_owned()));
        let parameters = parameters.into_iter();
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.into_owned()));
        headers.chain(parameters).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// A request is followed by others that differ from it in one respect, and then comes again.
    #[test]
    fn headers_are_those_of_aws_sigv4(first in given(), other in given()) {
        let (cache, identity) = (CanonicalCache::default(), first.identity());
        let later = Given { seconds: first.seconds / 2, body: other.body, ..first.clone() };
        let with_headers = Given { headers: other.headers, ..first.clone() };
        let with_target = Given { target: other.target, ..first.clone() };
        let with_method = Given { method: other.method, ..first.clone() };
        for given in [&first, &later, &with_headers, &with_target, &with_method, &first] {
            let mut request = given.request();
            let (scope, time) = (given.scope(), given.time());
            let signature = sigv4(&mut request, &identity, scope, time, &cache).unwrap();
            for (name, value) in given.signed_by_theirs(SigningSettings::default()) {
                let ours: Vec<_> = request.headers().get_all(&name).iter().collect();
                prop_assert_eq!(ours, [value.as_str()], "{}", name);
            }
            let authorization = request.headers()[AUTHORIZATION].to_str().unwrap();
            prop_assert!(authorization.ends_with(&signature));
        }
    }

    /// A presigned URL has its parameters in its query already when it is signed.
    #[test]
    fn signatures_of_urls_are_those_of_aws_sigv4(mut given in given()) {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(900));
        let theirs = given.signed_by_theirs(settings);
        let mut expected = String::new();
        given.target.push(if given.target.contains('?') { '&' } else { '?' });
        for (name, value) in theirs {
            if name == "X-Amz-Signature" {
                expected = value;
            } else {
                let value = utf8_percent_encode(&value, RESERVED);
                given.target.push_str(&format!("{name}={value}&"));
            }
        }
        let request = given.request();
        let covered = CoveredHeaders::of(request.headers()).unwrap();
        let canonical = canonical_request(
            given.method,
            request.uri(),
            &covered,
            &covered.names(),
            Hexadecimal::of(digest(&SHA256, &given.body).as_ref()).as_str(),
        );
        let signer = Signer::new(&given.identity(), given.scope(), given.time());
        let hash = digest(&SHA256, canonical.as_bytes());
        prop_assert_eq!(signer.signature(&hash), expected);
    }
}

#[test]
fn headers_that_proxies_may_change_are_not_covered() {
    let mut headers = HeaderMap::new();
    for name in ["user-agent", "x-amzn-trace-id", "connection", "host", "x-amzn-trace-id-2"] {
        headers.insert(name, HeaderValue::from_static("value"));
    }
    assert_eq!(CoveredHeaders::of(&headers).unwrap().names(), "host;x-amzn-trace-id-2");
}

#[test]
fn the_canonical_form_of_requests_that_differ_in_date_and_body_is_made_once() {
    let cache = CanonicalCache::default();
    let form = |target: &str, date: &str, body: &'static [u8]| {
        let mut request = Request::new(RequestBody::from(Bytes::from_static(body)));
        *request.uri_mut() = target.parse().unwrap();
        request.headers_mut().insert("x-amz-date", HeaderValue::from_str(date).unwrap());
        cache.form_of(&request).unwrap()
    };
    let first = form("/a", "20260102T030405Z", b"one");
    assert!(Arc::ptr_eq(&first, &form("/a", "20260102T030406Z", b"two")));
    assert!(!Arc::ptr_eq(&first, &form("/b", "20260102T030405Z", b"one")));
    assert!(Arc::ptr_eq(&first, &form("/a", "20260102T030405Z", b"one")));
}
