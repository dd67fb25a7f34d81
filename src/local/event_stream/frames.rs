//! Event-stream frames as the service writes them, including the padding member `p`.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use base64_simd::STANDARD;
use bytes::Bytes;

use crate::local::service_error::ServiceError;

/// The service pads events with a prefix of this, so that a frame's size does not reveal its text.
const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The frames of one response.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    pub bytes: Vec<u8>,
    pub marks: Vec<Mark>,
    padding: fastrand::Rng,
}

/// Where a frame ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub end: usize,
    /// Whether the model spent a token's time on the frame.
    pub token: bool,
}

impl Frames {
    /// An empty response. The same `seed` gives the same padding.
    pub(crate) fn new(seed: u64) -> Self {
        Frames { padding: fastrand::Rng::with_seed(seed), ..Frames::default() }
    }

    /// Adds an event whose payload is a JSON object, as text; `token` as in [`Mark`].
    pub(crate) fn event(&mut self, event_type: &'static str, payload: &str, token: bool) {
        let payload = self.padded(payload);
        self.frame(headers("event", ":event-type", event_type), payload, token);
    }

    /// Adds a `chunk` event that contains a model's own JSON.
    pub(crate) fn chunk(&mut self, json: &str, token: bool) {
        let payload =
            self.padded(&format!("{{\"bytes\":\"{}\"}}", STANDARD.encode_to_string(json)));
        self.frame(headers("event", ":event-type", "chunk"), payload, token);
    }

    /// Adds an exception. Its type is the error's code with a lower-case first letter.
    pub(crate) fn exception(&mut self, error: &ServiceError) {
        let mut letters = error.code.chars();
        let exception_type: String =
            letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
        self.frame(headers("exception", ":exception-type", exception_type), error.body(), false);
    }

    /// The offsets of a frame's first byte and of the byte after its last. `frame` counts from 0;
    /// if there are fewer frames, the last one is meant.
    pub(crate) fn span(&self, frame: usize) -> (usize, usize) {
        let frame = frame.min(self.marks.len().saturating_sub(1));
        let end = |frame: usize| self.marks.get(frame).map_or(0, |mark| mark.end);
        (frame.checked_sub(1).map_or(0, end), end(frame))
    }

    /// Keeps only the first `length` bytes.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
        self.marks.retain(|mark| mark.end <= length);
    }

    fn padded(&mut self, payload: &str) -> Bytes {
        let padding = PADDING.get(..self.padding.usize(3..PADDING.len())).unwrap_or(PADDING);
        let body = payload.strip_suffix('}').unwrap_or(payload);
        let comma = if body == "{" { "" } else { "," };
        Bytes::from([body, comma, "\"p\":\"", padding, "\"}"].concat())
    }

    fn frame(&mut self, headers: Vec<Header>, payload: impl Into<Bytes>, token: bool) {
        let message = Message::new_from_parts(headers, payload.into());
        // The only possible error is a frame beyond the format's limits, and ours are far below
        // them.
        if write_message_to(&message, &mut self.bytes).is_ok() {
            self.marks.push(Mark { end: self.bytes.len(), token });
        }
    }
}

fn headers(
    message_type: &'static str,
    name: &'static str,
    value: impl Into<aws_smithy_types::str_bytes::StrBytes>,
) -> Vec<Header> {
    vec![
        Header::new(name, HeaderValue::String(value.into())),
        Header::new(":content-type", HeaderValue::String("application/json".into())),
        Header::new(":message-type", HeaderValue::String(message_type.into())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_eventstream::frame::read_message_from;
    use serde_json::Value;

    #[test]
    fn frames_read_back_with_headers_and_padding() {
        let mut frames = Frames::new(1);
        frames.event("messageStart", "{\"role\":\"assistant\"}", false);
        frames.event("empty", "{}", false);
        frames.chunk("{\"a\":1}", true);
        frames.exception(&ServiceError::new(429, "ThrottlingException", "slow down"));
        assert_eq!(frames.marks.last().unwrap().end, frames.bytes.len());
        let mut bytes = Bytes::from(frames.bytes);
        let mut read = || {
            let message = read_message_from(&mut bytes).unwrap();
            let header = message.headers().first().unwrap();
            let kind = header.value().as_string().unwrap().as_str().to_owned();
            (kind, serde_json::from_slice::<Value>(message.payload()).unwrap())
        };
        let (kind, payload) = read();
        assert_eq!((kind.as_str(), &payload["role"]), ("messageStart", &Value::from("assistant")));
        assert!(payload["p"].as_str().unwrap().starts_with("abc"));
        assert!(read().1["p"].is_string());
        assert_eq!(read().1["bytes"], "eyJhIjoxfQ==");
        let (kind, payload) = read();
        assert_eq!(
            (kind.as_str(), &payload["message"]),
            ("throttlingException", &Value::from("slow down"))
        );
    }
}
