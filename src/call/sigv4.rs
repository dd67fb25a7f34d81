//! Signature Version 4: of a request with its headers, and of a URL.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{Digest, SHA256, digest};
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Uri};
use percent_encoding::{percent_decode_str, utf8_percent_encode};

use crate::call::prepared::{RESERVED, push_escaped};
use crate::credentials::{Identity, SigningKey};
use crate::error::{Error, Kind};
use crate::http::request_body::RequestBody;

pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// What a SigV4 signature is valid for: a region and the signing name of a service.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub region: &'a str,
    pub name: &'a str,
}

/// Adds `x-amz-date`, `x-amz-security-token` and `authorization`, and returns the signature. It
/// covers the headers of the request, except those of [`is_never_signed`].
///
/// Error: `HTTPClientError` for credentials or a region that a header cannot hold.
pub fn sigv4(
    request: &mut Request<RequestBody>,
    identity: &Identity,
    scope: Scope<'_>,
    time: SystemTime,
) -> Result<String, Error> {
    let signer = Signer::new(identity, scope, time);
    let headers = request.headers_mut();
    let date = HeaderValue::from_str(signer.timestamp());
    headers.insert(DATE, date.map_err(|error| unsignable(&error))?);
    if let Some(token) = identity.sent_session_token() {
        let token = HeaderValue::from_str(token);
        let mut token = token.map_err(|_| unsendable("the AWS session token"))?;
        token.set_sensitive(true);
        headers.insert(SECURITY_TOKEN, token);
    }
    let covered = CoveredHeaders::of(request.headers())?;
    let names = covered.names();
    let (method, uri, body) = (request.method().as_str(), request.uri(), request.body().sha256());
    let signature = signer.signature(&canonical_request(method, uri, &covered, &names, &body));
    let authorization = [
        ALGORITHM,
        " Credential=",
        identity.access_key_id(),
        "/",
        signer.scope(),
        ", SignedHeaders=",
        &names,
        ", Signature=",
        &signature,
    ];
    let authorization = HeaderValue::try_from(authorization.concat()).map_err(|_| {
        let is_key = HeaderValue::from_str(identity.access_key_id()).is_err();
        unsendable(if is_key { "the AWS access key id" } else { "the region" })
    })?;
    request.headers_mut().insert(AUTHORIZATION, authorization);
    Ok(signature)
}

/// Signs at one time with the key of one scope.
pub struct Signer {
    key: Arc<SigningKey>,
    timestamp: String,
}

impl Signer {
    pub fn new(identity: &Identity, scope: Scope<'_>, time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let seconds = i64::try_from(seconds).unwrap_or_default();
        let key = identity.signing_key(seconds, scope.region, scope.name);
        let mut timestamp = String::with_capacity(16);
        timestamp.push_str(key.date());
        timestamp.push('T');
        for number in [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60] {
            let digits = [number / 10, number % 10];
            timestamp.extend(digits.map(|digit| char::from(b'0' + digit as u8)));
        }
        timestamp.push('Z');
        Signer { key, timestamp }
    }

    /// `20260102T030405Z`
    pub fn timestamp(&self) -> &str {
        &self.timestamp
    }

    /// `20260102/us-west-2/bedrock/aws4_request`
    pub fn scope(&self) -> &str {
        self.key.scope()
    }

    pub fn signature(&self, canonical_request: &str) -> String {
        let hash = Hexadecimal::of(digest(&SHA256, canonical_request.as_bytes()).as_ref());
        let text = [ALGORITHM, "\n", &self.timestamp, "\n", self.scope(), "\n", hash.as_str()];
        Hexadecimal::of(self.key.sign(text.concat().as_bytes()).as_ref()).as_str().to_owned()
    }
}

/// The headers that a signature covers, in the order of their names.
pub struct CoveredHeaders<'a>(Vec<(&'a str, &'a str)>);

impl<'a> CoveredHeaders<'a> {
    pub fn of(headers: &'a HeaderMap) -> Result<Self, Error> {
        let mut covered = Vec::with_capacity(headers.len());
        for (name, value) in headers {
            if !is_never_signed(name.as_str()) {
                let value = std::str::from_utf8(value.as_bytes());
                covered.push((name.as_str(), value.map_err(|error| unsignable(&error))?));
            }
        }
        // Values of one name keep their order.
        covered.sort_by_key(|(name, _)| *name);
        Ok(CoveredHeaders(covered))
    }

    /// `host;x-amz-date`
    pub fn names(&self) -> String {
        let mut names = String::with_capacity(128);
        for [before, (name, _)] in self.with_previous() {
            if before.0 != name {
                names.push_str(if names.is_empty() { "" } else { ";" });
                names.push_str(name);
            }
        }
        names
    }

    /// Each header after the one before it.
    fn with_previous(&self) -> impl Iterator<Item = [(&'a str, &'a str); 2]> {
        let before = std::iter::once(("", "")).chain(self.0.iter().copied());
        before.zip(self.0.iter().copied()).map(|(before, header)| [before, header])
    }
}

/// Headers that no signature covers: botocore's list. Some are parameters of operations of AgentCore,
/// others come from handlers of events.
fn is_never_signed(name: &str) -> bool {
    matches!(
        name,
        "baggage"
            | "connection"
            | "expect"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "traceparent"
            | "tracestate"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "user-agent"
            | "x-amzn-trace-id"
    )
}

/// The text whose hash is signed. `names` are those of the headers, `body` is the hash of the body.
pub fn canonical_request(
    method: &str,
    uri: &Uri,
    headers: &CoveredHeaders<'_>,
    names: &str,
    body: &Digest,
) -> String {
    let values = headers.0.iter().map(|(_, value)| value.len()).sum::<usize>();
    let target = uri.path_and_query().map_or(0, |target| target.as_str().len());
    let mut out = String::with_capacity(256 + 2 * (names.len() + target) + values);
    out.push_str(method);
    out.push('\n');
    // The path is escaped already: SigV4 escapes it a second time.
    push_escaped(&mut out, &without_dot_segments(uri.path()), true);
    out.push('\n');
    if let Some(query) = uri.query() {
        push_query(&mut out, query);
    }
    for [before, (name, value)] in headers.with_previous() {
        if before.0 == name {
            out.push(',');
        } else {
            out.push('\n');
            out.push_str(name);
            out.push(':');
        }
        push_value(&mut out, value);
    }
    out.push_str("\n\n");
    out.push_str(names);
    out.push('\n');
    out.push_str(Hexadecimal::of(body.as_ref()).as_str());
    out
}

/// The path without empty segments, `.` and `..`.
fn without_dot_segments(path: &str) -> Cow<'_, str> {
    let is_odd = |pair: &[u8]| matches!(pair, b"//" | b"/.");
    if path.starts_with('/') && !path.as_bytes().windows(2).any(is_odd) {
        return Cow::Borrowed(path);
    }
    let mut kept = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let is_folder = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    let end = if is_folder && !kept.is_empty() { "/" } else { "" };
    Cow::Owned(format!("/{}{end}", kept.join("/")))
}

/// The parameters, sorted, each escaped in the one way that SigV4 knows.
fn push_query(out: &mut String, query: &str) {
    let escaped = |text: &str| {
        let text = text.replace('+', " ");
        let text = percent_decode_str(&text).decode_utf8_lossy();
        utf8_percent_encode(&text, RESERVED).to_string()
    };
    let given = query.split('&').filter(|parameter| !parameter.is_empty());
    let mut parameters: Vec<_> = given
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            (escaped(name), escaped(value))
        })
        .collect();
    parameters.sort_unstable();
    for (index, (name, value)) in parameters.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { "&" });
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
}

/// The value without blanks around it, and with one blank for several.
fn push_value(out: &mut String, value: &str) {
    let value = value.trim_matches(' ');
    if !value.as_bytes().windows(2).any(|pair| pair == b"  ") {
        return out.push_str(value);
    }
    let words = value.split(' ').filter(|word| !word.is_empty());
    for (index, word) in words.enumerate() {
        out.push_str(if index == 0 { "" } else { " " });
        out.push_str(word);
    }
}

/// A digest in lower-case hexadecimal.
struct Hexadecimal([u8; 64]);

impl Hexadecimal {
    fn of(digest: &[u8]) -> Self {
        let letter = |digit: u8| digit + if digit < 10 { b'0' } else { b'a' - 10 };
        let mut text = [0; 64];
        let (pairs, _) = text.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(digest) {
            *pair = [letter(byte >> 4), letter(byte & 15)];
        }
        Hexadecimal(text)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn unsignable(error: &dyn std::fmt::Display) -> Error {
    let error = format!("the request cannot be signed: {error}");
    Error::new(Kind::UnsendableRequest { error })
}

/// botocore raises the same class when it sends the request, but only after its last attempt. Here
/// it is raised at once, because every attempt has the same setting.
pub(super) fn unsendable(setting: &str) -> Error {
    let error =
        format!("{setting} holds a line break or another character that a header cannot hold");
    Error::new(Kind::UnsendableRequest { error })
}

#[cfg(test)]
#[path = "sigv4_tests.rs"]
mod tests;
