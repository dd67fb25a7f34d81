//! What the service answered.

use bytes::Bytes;
use http::HeaderMap;

/// What the service answered. `B` is a body that is still to be read.
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
    /// Of a success whose operation streams.
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
