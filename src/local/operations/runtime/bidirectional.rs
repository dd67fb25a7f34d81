//! InvokeModelWithBidirectionalStream.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use hyper::body::Incoming;
use tokio::sync::mpsc;

use crate::local::event_stream::frames::Frames;
use crate::local::event_stream::signed_input::SignedInput;
use crate::local::families::model_id::{Family, family};
use crate::local::faults::injection;
use crate::local::http::request_body::{LONGEST, discard};
use crate::local::http::response::success;
use crate::local::http::response_body::Body;
use crate::local::media::sonic::{Session, Step};
use crate::local::operations::bedrock::Bedrock;
use crate::local::operations::output::EVENT_STREAM;
use crate::local::request::checked::CheckedRequest;
use crate::local::service_error::ServiceError;

/// How many batches of events may wait for a slow reader before the model waits as well.
const QUEUE: usize = 64;

impl Bedrock {
    /// Starts the conversation: the response begins while the request's body is still arriving.
    pub(crate) async fn invoke_bidirectional(
        &self,
        request: CheckedRequest,
        body: Incoming,
    ) -> Result<Response<Body>, ServiceError> {
        injection::before_response(&request.faults).await?;
        match family(&request.model) {
            Some(Family::NovaSonic) => {}
            Some(_) => {
                return Err(ServiceError::validation(
                    "The model is unsupported for bidirectional streaming. Use a different model and try again.",
                ));
            }
            None => return Err(ServiceError::unknown_model()),
        }
        let (sender, receiver) = mpsc::channel(QUEUE);
        let input = SignedInput::new(body, request.caller, LONGEST);
        tokio::spawn(converse(input, Session::new(request.seed), sender));
        Ok(success(Body::live(receiver, Arc::clone(&self.counters)), EVENT_STREAM))
    }
}

/// Responds to the caller's events until the caller or an error ends the stream.
async fn converse(mut input: SignedInput, mut session: Session, sender: mpsc::Sender<Bytes>) {
    loop {
        let step = match input.next().await {
            Ok(None) => return,
            Ok(Some(event)) => session.handle(&event),
            Err(error) => Err(error),
        };
        let mut frames = Frames::new(fastrand::u64(..));
        let mut failed = false;
        match step {
            Ok(Step::Send(events)) => {
                events.iter().for_each(|event| frames.chunk(&event.to_string(), true));
            }
            Ok(Step::End) => return,
            Err(error) => {
                frames.exception(&error);
                failed = true;
            }
        }
        if !frames.bytes.is_empty() && sender.send(Bytes::from(frames.bytes)).await.is_err() {
            return;
        }
        if failed {
            return discard(input.into_body());
        }
    }
}
