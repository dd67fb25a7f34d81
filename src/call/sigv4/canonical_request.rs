//! The canonical request: the text whose hash is signed.

use std::borrow::Cow;

use http::Uri;
use http::header::{HeaderMap, HeaderName};
use percent_encoding::{percent_decode_str, utf8_percent_encode};

use crate::call::prepared::{RESERVED, push_escaped};
use crate::error::{Error, Kind};

pub const DATE: HeaderName = HeaderName::from_static("x-amz-date");

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

/// The text whose hash is signed. `names` are those of the headers, `body` is the hash of the body, in
/// hexadecimal.
pub fn canonical_request(
    method: &str,
    uri: &Uri,
    headers: &CoveredHeaders<'_>,
    names: &str,
    body: &str,
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
    out.push_str(body);
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
pub struct Hexadecimal([u8; 64]);

impl Hexadecimal {
    pub fn of(digest: &[u8]) -> Self {
        let letter = |digit: u8| digit + if digit < 10 { b'0' } else { b'a' - 10 };
        let mut text = [0; 64];
        let (pairs, _) = text.as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(digest) {
            *pair = [letter(byte >> 4), letter(byte & 15)];
        }
        Hexadecimal(text)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

fn unsignable(error: &dyn std::fmt::Display) -> Error {
    let error = format!("the request cannot be signed: {error}");
    Error::new(Kind::UnsendableRequest { error })
}
