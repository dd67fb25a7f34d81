//! Response bodies.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::mpsc;

use super::activity::RequestInFlight;
use super::paced_body::PacedBody;
use crate::local::counters::Counters;

pub(crate) struct Body {
    content: Content,
    /// Dropped together with the body, when the response is complete or its client has left.
    _in_flight: Option<RequestInFlight>,
}

enum Content {
    Whole(Bytes),
    Paced(Box<PacedBody>),
    Live(LiveBody),
}

impl Body {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Body { content: Content::Whole(bytes), _in_flight: None }
    }

    pub(crate) fn paced(body: PacedBody) -> Self {
        Body { content: Content::Paced(Box::new(body)), _in_flight: None }
    }

    /// A body whose chunks are made while they are sent. It counts as a stream.
    pub(crate) fn live(chunks: mpsc::Receiver<Bytes>, counters: Arc<Counters>) -> Self {
        counters.stream_started();
        let live = LiveBody { chunks, ended: false, counters };
        Body { content: Content::Live(live), _in_flight: None }
    }

    /// Holds `in_flight` until the body is dropped.
    pub(crate) fn holding(self, in_flight: RequestInFlight) -> Self {
        Body { _in_flight: Some(in_flight), ..self }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut self.get_mut().content {
            Content::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Content::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Content::Paced(body) => {
                let chunk = ready!(body.poll_next(context));
                Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
            }
            Content::Live(body) => {
                let chunk = ready!(body.chunks.poll_recv(context));
                body.ended = chunk.is_none();
                Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(bytes) => bytes.is_empty(),
            Content::Paced(body) => body.is_finished(),
            Content::Live(body) => body.ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Paced(body) => {
                body.length().map_or_else(SizeHint::default, SizeHint::with_exact)
            }
            Content::Live(_) => SizeHint::default(),
        }
    }
}

struct LiveBody {
    chunks: mpsc::Receiver<Bytes>,
    ended: bool,
    counters: Arc<Counters>,
}

impl Drop for LiveBody {
    fn drop(&mut self) {
        if !self.ended {
            self.counters.stream_aborted();
        }
    }
}
