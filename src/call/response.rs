//! The response to a call.

use std::borrow::Cow;

use bytes::Bytes;
use http::HeaderMap;

/// The response to a call. `B` is a body that has not been read yet.
pub struct CallResponse<B> {
    pub head: ResponseHead,
    pub payload: Payload<B>,
}

pub struct ResponseHead {
    pub status: u16,
    pub headers: HeaderMap,
    pub retry_attempts: u32,
    pub max_attempts_reached: bool,
    pub retry_quota_reached: bool,
}

pub enum Payload<B> {
    Whole(Bytes),
    /// The body of a success, if the operation streams.
    Streaming(B),
}

impl<B> Payload<B> {
    /// The part of the body that has been read.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Payload::Whole(body) => body,
            Payload::Streaming(_) => &[],
        }
    }
}

/// The text of a header as Python sees it: repeated headers are joined as urllib3 joins them, and
/// bytes are read as Latin-1.
pub fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let mut text = latin_1(values.next()?.as_bytes()).into_owned();
    for value in values {
        text.push_str(", ");
        text.push_str(&latin_1(value.as_bytes()));
    }
    Some(text)
}

/// Header bytes as text: each byte is one character. ASCII, the usual case, is not copied.
pub fn latin_1(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}
