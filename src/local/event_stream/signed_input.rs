//! The events of a request's body: frames, each in the envelope of its signature.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder, read_message_from};
use aws_smithy_types::event_stream::{HeaderValue, Message};
use base64_simd::STANDARD;
use bytes::BytesMut;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

use super::auth::Caller;
use super::failure::Failure;
use super::json::Json;
use super::request_body::LONGEST;

pub(crate) struct Upward {
    body: Incoming,
    caller: Caller,
    decoder: MessageFrameDecoder,
    buffer: BytesMut,
}

impl Upward {
    pub(crate) fn new(body: Incoming, caller: Caller) -> Self {
        Upward { body, caller, decoder: MessageFrameDecoder::new(), buffer: BytesMut::new() }
    }

    /// The JSON of the next chunk; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Value>, Failure> {
        let Some(frame) = self.frame().await? else { return Ok(None) };
        let Some(event) = self.opened(frame)? else { return Ok(None) };
        let read = || {
            let payload: Value = serde_json::from_slice(event.payload()).ok()?;
            let bytes = STANDARD.decode_to_vec(payload.at("bytes").as_str()?).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        read()
            .map(Some)
            .ok_or_else(|| Failure::validation("An event of the stream is no chunk of JSON."))
    }

    async fn frame(&mut self) -> Result<Option<Message>, Failure> {
        loop {
            match self.decoder.decode_frame(&mut self.buffer) {
                Ok(DecodedFrame::Complete(frame)) => return Ok(Some(frame)),
                Ok(DecodedFrame::Incomplete) => {}
                Err(error) => return Err(Failure::validation(error.to_string())),
            }
            // The decoder waits for as much as a frame's prelude says.
            if self.buffer.len() > LONGEST {
                return Err(Failure::validation("An event of the stream is too long."));
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Some(Err(error)) => return Err(Failure::validation(error.to_string())),
            }
        }
    }

    /// The event in a signed envelope; `None` in the empty one that ends the stream. A bearer's
    /// events have no envelope.
    fn opened(&mut self, envelope: Message) -> Result<Option<Message>, Failure> {
        let Caller::Signer(signer) = &mut self.caller else { return Ok(Some(envelope)) };
        let (mut date, mut signature) = (None, None);
        for header in envelope.headers() {
            match (header.name().as_str(), header.value()) {
                (":date", HeaderValue::Timestamp(value)) => date = Some(*value),
                (":chunk-signature", HeaderValue::ByteArray(value)) => {
                    signature = Some(value.clone())
                }
                _ => {}
            }
        }
        let payload = envelope.payload();
        let accepted = match (date, signature) {
            (Some(date), Some(signature)) => signer.accepts(date, payload, &signature),
            _ => false,
        };
        if !accepted {
            return Err(Failure::validation(
                "The event signature we calculated does not match the signature you provided.",
            ));
        }
        if payload.is_empty() {
            return Ok(None);
        }
        read_message_from(payload.clone())
            .map(Some)
            .map_err(|error| Failure::validation(error.to_string()))
    }
}
