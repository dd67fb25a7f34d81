//! The events of a request's body. Each is a frame inside a frame that carries its signature.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder, read_message_from};
use aws_smithy_types::event_stream::{HeaderValue, Message};
use base64_simd::STANDARD;
use bytes::BytesMut;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

use crate::local::access::authenticator::Caller;
use crate::local::json::members::JsonExt;
use crate::local::service_error::ServiceError;

pub(crate) struct SignedInput {
    body: Incoming,
    caller: Caller,
    decoder: MessageFrameDecoder,
    buffer: BytesMut,
    longest: usize,
}

impl SignedInput {
    /// The events of `body`, each of up to `longest` bytes.
    pub(crate) fn new(body: Incoming, caller: Caller, longest: usize) -> Self {
        let decoder = MessageFrameDecoder::new();
        SignedInput { body, caller, decoder, buffer: BytesMut::new(), longest }
    }

    /// The JSON of the next chunk; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<Value>, ServiceError> {
        let Some(frame) = self.frame().await? else { return Ok(None) };
        let Some(event) = self.verified(frame)? else { return Ok(None) };
        let read = || {
            let payload: Value = serde_json::from_slice(event.payload()).ok()?;
            let bytes = STANDARD.decode_to_vec(payload.at("bytes").as_str()?).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        read().map(Some).ok_or_else(|| {
            ServiceError::validation("An event of the stream is not a chunk of JSON.")
        })
    }

    /// The rest of the request's body.
    pub(crate) fn into_body(self) -> Incoming {
        self.body
    }

    async fn frame(&mut self) -> Result<Option<Message>, ServiceError> {
        loop {
            match self.decoder.decode_frame(&mut self.buffer) {
                Ok(DecodedFrame::Complete(frame)) => return Ok(Some(frame)),
                Ok(DecodedFrame::Incomplete) => {}
                Err(error) => return Err(ServiceError::validation(error.to_string())),
            }
            // The decoder would wait for any length that a frame announces.
            if self.buffer.len() > self.longest {
                return Err(ServiceError::validation("An event of the stream is too long."));
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Some(Err(error)) => return Err(ServiceError::validation(error.to_string())),
            }
        }
    }

    /// The event inside a signed frame; `None` for the empty frame that ends the stream. With a
    /// bearer key events are not signed: the frame itself is the event.
    fn verified(&mut self, frame: Message) -> Result<Option<Message>, ServiceError> {
        let Caller::Signer(signer) = &mut self.caller else { return Ok(Some(frame)) };
        let (mut date, mut signature) = (None, None);
        for header in frame.headers() {
            match (header.name().as_str(), header.value()) {
                (":date", HeaderValue::Timestamp(value)) => date = Some(*value),
                (":chunk-signature", HeaderValue::ByteArray(value)) => {
                    signature = Some(value.clone())
                }
                _ => {}
            }
        }
        let payload = frame.payload();
        let accepted = match (date, signature) {
            (Some(date), Some(signature)) => signer.accepts(date, payload, &signature),
            _ => false,
        };
        if !accepted {
            return Err(ServiceError::validation(
                "The event signature we calculated does not match the signature you provided.",
            ));
        }
        if payload.is_empty() {
            return Ok(None);
        }
        read_message_from(payload.clone())
            .map(Some)
            .map_err(|error| ServiceError::validation(error.to_string()))
    }
}
