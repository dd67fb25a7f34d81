//! Reading the bodies of requests, bounded in size and in time.

use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::time::timeout;

use super::failure::Failure;

/// The longest body. The service model allows 25,000,000 bytes for InvokeModel, and CountTokens
/// has as many in base64: 33.4 MB with their envelope.
pub(crate) const LONGEST: usize = 40 * 1024 * 1024;
/// How much more of a refused body is read, and for how long: a client that is still sending reads
/// no answer, and a connection that is closed with unread bytes takes the answer with it.
const DISCARDED: u64 = 4 * LONGEST as u64;
const DISCARD_LIMIT: Duration = Duration::from_secs(5);

/// Reads a whole body, within `limit` where there is one.
pub(crate) async fn read(mut body: Incoming, limit: Option<Duration>) -> Result<Bytes, Failure> {
    if body.size_hint().lower() > LONGEST as u64 {
        discard(body);
        return Err(too_long());
    }
    let whole = Limited::new(&mut body, LONGEST).collect();
    let outcome = match limit {
        Some(limit) => timeout(limit, whole).await,
        None => Ok(whole.await),
    };
    match outcome {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            discard(body);
            Err(too_long())
        }
        Ok(Err(_)) => Err(Failure::serialization("The request's body ended too soon")),
        Err(_) => Err(Failure::front_door(
            408,
            "RequestTimeoutException",
            "The request's body took too long to arrive.",
        )
        .closing()),
    }
}

/// Lets a client that is still sending a refused body come to its end and read the answer.
pub(crate) fn discard(mut body: Incoming) {
    if body.is_end_stream() {
        return;
    }
    tokio::spawn(timeout(DISCARD_LIMIT, async move {
        let mut left = DISCARDED;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len) as u64;
            left = left.saturating_sub(length);
            if left == 0 {
                break;
            }
        }
    }));
}

fn too_long() -> Failure {
    let message = format!("The request's body is longer than {LONGEST} bytes.");
    Failure::front_door(413, "RequestEntityTooLargeException", message).closing()
}
