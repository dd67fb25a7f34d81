//! Reading the bodies of requests, within limits of size and time.

use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::time::timeout;

use crate::local::service_error::ServiceError;

/// The longest body. The service model allows 25,000,000 bytes for InvokeModel. CountTokens carries
/// the same body as base64: 33.4 MB with its envelope.
pub(crate) const LONGEST: usize = 40 * 1024 * 1024;
/// How many bytes of a refused body are read and thrown away, and for how long. A client that is
/// still sending does not read the response, and closing a connection with unread bytes resets it,
/// so that the response is lost.
const DISCARDED: u64 = 4 * LONGEST as u64;
const DISCARD_LIMIT: Duration = Duration::from_secs(5);

/// Reads a whole body, within `limit` if there is one.
pub(crate) async fn read(
    mut body: Incoming,
    limit: Option<Duration>,
) -> Result<Bytes, ServiceError> {
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
        Ok(Err(_)) => {
            Err(ServiceError::serialization("The connection ended before the request's body did."))
        }
        Err(_) => Err(ServiceError::front_end(
            408,
            "RequestTimeoutException",
            "The request's body took too long to arrive.",
        )
        .closing()),
    }
}

/// Reads the rest of a refused body in the background, so that its client can finish sending and
/// read the response.
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

fn too_long() -> ServiceError {
    let message = format!("The request's body is longer than {LONGEST} bytes.");
    ServiceError::front_end(413, "RequestEntityTooLargeException", message).closing()
}
