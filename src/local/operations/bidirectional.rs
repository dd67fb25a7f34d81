//! InvokeModelWithBidirectionalStream.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use hyper::body::Incoming;
use tokio::sync::mpsc;

use super::hindered;
use crate::local::answer::{EVENT_STREAM, success};
use crate::local::bedrock::Bedrock;
use crate::local::body::{Body, Live};
use crate::local::exchange::Call;
use crate::local::failure::Failure;
use crate::local::frames::Frames;
use crate::local::model_id::{Family, family};
use crate::local::sonic::{Session, Step};
use crate::local::upward::Upward;

/// Answers that wait for a slow reader before the model waits too.
const AHEAD: usize = 64;

impl Bedrock {
    /// Starts the conversation: the response goes out while the request still comes in.
    pub(crate) async fn converse_both_ways(
        &self,
        call: Call,
        body: Incoming,
    ) -> Result<Response<Body>, Failure> {
        hindered(&call.strikes).await?;
        match family(&call.model) {
            Some(Family::NovaSonic) => {}
            Some(_) => {
                return Err(Failure::validation(
                    "The model is unsupported for bidirectional streaming. Use a different model and try again.",
                ));
            }
            None => return Err(Failure::unknown_model()),
        }
        let (sender, receiver) = mpsc::channel(AHEAD);
        let upward = Upward::new(body, call.caller);
        tokio::spawn(talk(upward, Session::new(call.seed), sender));
        let live = Live::new(receiver, Arc::clone(&self.counters));
        Ok(success(Body::Live(live), EVENT_STREAM))
    }
}

/// Listens and answers until either side ends it.
async fn talk(mut upward: Upward, mut session: Session, sender: mpsc::Sender<Bytes>) {
    loop {
        let step = match upward.next().await {
            Ok(None) => return,
            Ok(Some(event)) => session.take(&event),
            Err(failure) => Err(failure),
        };
        let mut frames = Frames::new(fastrand::u64(..));
        let mut over = false;
        match step {
            Ok(Step::Say(events)) => {
                events.iter().for_each(|event| frames.chunk(&event.to_string(), true));
            }
            Ok(Step::End) => return,
            Err(failure) => {
                frames.exception(&failure);
                over = true;
            }
        }
        let said = !frames.bytes.is_empty();
        if said && sender.send(Bytes::from(frames.bytes)).await.is_err() || over {
            return;
        }
    }
}
