//! Signature Version 4 as the service checks it. It is written by hand, so that it shares no code
//! with the client's signer, which it verifies.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// SigV4 escapes all of a query but RFC 3986's unreserved characters.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// In a path, slashes stay as well. The path arrives escaped, and is escaped a second time.
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// The parts of an `Authorization` header, borrowed from it.
#[derive(Debug)]
pub(crate) struct Authorization<'a> {
    pub access_key: &'a str,
    pub date: &'a str,
    pub region: &'a str,
    pub service: &'a str,
    pub signed_headers: Vec<&'a str>,
    pub signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads what follows [`ALGORITHM`]. The error is the service's message.
    pub(crate) fn parse(parameters: &'a str) -> Result<Self, String> {
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for parameter in parameters.split(',') {
            let (name, value) = parameter.trim().split_once('=').ok_or_else(|| {
                format!(
                    "'{}' not a valid key=value pair (missing equal-sign) in Authorization header.",
                    parameter.trim()
                )
            })?;
            match name {
                "Credential" => credential = Some(value),
                "SignedHeaders" => signed_headers = Some(value),
                "Signature" => signature = Some(value),
                _ => {}
            }
        }
        let missing: String = [
            ("Credential", credential),
            ("Signature", signature),
            ("SignedHeaders", signed_headers),
        ]
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| format!("Authorization header requires '{name}' parameter. "))
        .collect();
        let (Some(credential), Some(signed_headers), Some(signature)) =
            (credential, signed_headers, signature)
        else {
            return Err(missing.trim_end().to_owned());
        };
        // An access key contains no slash, so the scope is the last four parts.
        let mut scope = credential.splitn(5, '/');
        let mut part = || {
            scope.next().ok_or_else(|| {
                format!("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'")
            })
        };
        let (access_key, date, region, service, term) =
            (part()?, part()?, part()?, part()?, part()?);
        if term != "aws4_request" {
            return Err(format!(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '{term}'."
            ));
        }
        let signed_headers = signed_headers.split(';').collect();
        Ok(Authorization { access_key, date, region, service, signed_headers, signature })
    }
}

/// The key that signs for one day, region and service.
pub(crate) fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> hmac::Key {
    let mut key = hmac::Key::new(HMAC_SHA256, format!("AWS4{secret}").as_bytes());
    for part in [date, region, service, "aws4_request"] {
        key = hmac::Key::new(HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
    }
    key
}

/// Whether `authorization` carries the signature of this request at `timestamp`
/// (`20260102T030405Z`).
pub(crate) fn is_valid(
    key: &hmac::Key,
    authorization: &Authorization<'_>,
    timestamp: &str,
    parts: &Parts,
    body: &[u8],
) -> bool {
    let Some(payload_hash) = payload_hash(parts, body) else {
        return false;
    };
    let canonical = canonical_request(parts, &authorization.signed_headers, &payload_hash);
    let text = format!(
        "{ALGORITHM}\n{timestamp}\n{}/{}/{}/aws4_request\n{}",
        authorization.date,
        authorization.region,
        authorization.service,
        hex(digest(&SHA256, canonical.as_bytes()).as_ref()),
    );
    unhex(authorization.signature)
        .is_some_and(|signature| hmac::verify(key, text.as_bytes(), &signature).is_ok())
}

/// An event's signature, and what it covers besides the scope.
pub(crate) struct EventSignature<'a> {
    /// The signature of the event before, or of the request, in hexadecimal.
    pub previous: &'a str,
    pub date: DateTime,
    pub payload: &'a [u8],
    pub signature: &'a [u8],
}

/// Whether an event of a request carries the right signature. `scope` is date, region and service.
pub(crate) fn is_event_valid(key: &hmac::Key, scope: &str, event: &EventSignature<'_>) -> bool {
    let mut date_header = b"\x05:date\x08".to_vec();
    date_header.extend(event.date.to_millis().unwrap_or_default().to_be_bytes());
    let text = format!(
        "{ALGORITHM}-PAYLOAD\n{}\n{scope}/aws4_request\n{}\n{}\n{}",
        basic_format(event.date),
        event.previous,
        hex(digest(&SHA256, &date_header).as_ref()),
        hex(digest(&SHA256, event.payload).as_ref()),
    );
    hmac::verify(key, text.as_bytes(), event.signature).is_ok()
}

/// ISO 8601's basic format, to the second: `20260102T030405Z`.
pub(crate) fn basic_format(time: DateTime) -> String {
    let extended = DateTime::from_secs(time.secs()).fmt(Format::DateTime).unwrap_or_default();
    extended.chars().filter(|letter| !matches!(letter, '-' | ':')).collect()
}

/// The payload's hash, or the client's statement that it is not signed; `None` if the client states
/// a wrong hash.
fn payload_hash(parts: &Parts, body: &[u8]) -> Option<String> {
    let claimed = parts.headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok());
    match claimed {
        Some(claimed) if claimed == "UNSIGNED-PAYLOAD" || claimed.starts_with("STREAMING-") => {
            Some(claimed.to_owned())
        }
        _ => {
            let actual = hex(digest(&SHA256, body).as_ref());
            claimed.is_none_or(|claimed| claimed == actual).then_some(actual)
        }
    }
}

fn canonical_request(parts: &Parts, signed_headers: &[&str], payload_hash: &str) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(parts.method.as_str());
    text.push('\n');
    text.extend(utf8_percent_encode(&without_dot_segments(parts.uri.path()), PATH));
    text.push('\n');
    text.push_str(&canonical_query(parts.uri.query().unwrap_or_default()));
    text.push('\n');
    for name in signed_headers {
        text.push_str(name);
        text.push(':');
        push_header(&mut text, parts, name);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&signed_headers.join(";"));
    text.push('\n');
    text.push_str(payload_hash);
    text
}

/// Appends all values of the header, joined by commas, with runs of spaces collapsed.
fn push_header(text: &mut String, parts: &Parts, name: &str) {
    if name == ":authority" || name == "host" && !parts.headers.contains_key("host") {
        // HTTP/2 has `:authority` instead of a Host header.
        text.push_str(parts.uri.authority().map_or("", |authority| authority.as_str()));
        return;
    }
    for (index, value) in parts.headers.get_all(name).iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        for (index, word) in value.split([' ', '\t']).filter(|word| !word.is_empty()).enumerate() {
            if index > 0 {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (escaped_again(name), escaped_again(value)))
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

fn escaped_again(text: &str) -> String {
    let raw: Vec<u8> = percent_decode_str(text).collect();
    percent_encoding::percent_encode(&raw, QUERY).to_string()
}

/// RFC 3986's `remove_dot_segments`; empty segments are removed as well.
fn without_dot_segments(path: &str) -> String {
    if !path.contains("/.") && !path.contains("//") {
        return path.to_owned();
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let slash = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{slash}", kept.join("/"))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    /// The case `get-vanilla-query-order-key-case` of AWS's published SigV4 test suite.
    #[test]
    fn accepts_a_published_signature_and_no_other() {
        let key = signing_key(
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "20150830",
            "us-east-1",
            "service",
        );
        let request = parts(
            "GET",
            "/?Param2=value2&Param1=value1",
            &[("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")],
        );
        let header = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500";
        let mut authorization = Authorization::parse(header).unwrap();
        assert!(is_valid(&key, &authorization, "20150830T123600Z", &request, b""));
        assert!(!is_valid(&key, &authorization, "20150830T123601Z", &request, b""));
        assert!(!is_valid(&key, &authorization, "20150830T123600Z", &request, b"x"));
        authorization.signature = "b97d";
        assert!(!is_valid(&key, &authorization, "20150830T123600Z", &request, b""));
    }

    #[test]
    fn an_escaped_path_is_escaped_again_and_normalised() {
        let text = canonical_request(&parts("POST", "/model/a%3A0/../b/converse", &[]), &[], "");
        assert_eq!(text.lines().nth(1), Some("/model/b/converse"));
        let text = canonical_request(&parts("POST", "/model/a%3A0/converse", &[]), &[], "");
        assert_eq!(text.lines().nth(1), Some("/model/a%253A0/converse"));
    }

    #[test]
    fn header_values_are_trimmed_and_joined() {
        let request = parts("GET", "/", &[("x-a", "  one   two "), ("x-a", "three")]);
        let mut text = String::new();
        push_header(&mut text, &request, "x-a");
        assert_eq!(text, "one two,three");
    }

    #[test]
    fn an_incomplete_header_is_described() {
        let error = Authorization::parse("Credential=a/b/c/d/aws4_request").unwrap_err();
        assert_eq!(
            error,
            "Authorization header requires 'Signature' parameter. \
             Authorization header requires 'SignedHeaders' parameter."
        );
        assert!(Authorization::parse("Credential=a/b,SignedHeaders=h,Signature=00").is_err());
        assert!(Authorization::parse("nonsense").is_err());
    }
}
