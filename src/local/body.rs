//! Response bodies: whole ones, and event streams that flow at a pace.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::counters::Counters;
use super::frames::{Frames, Mark};

/// The largest piece of a burst that is handed over at once.
const BURST: usize = 256 * 1024;

pub(crate) enum Body {
    Whole(Bytes),
    Stream(Box<Stream>),
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Body::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Body::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Body::Stream(stream) => {
                let bytes = ready!(stream.poll_next(context));
                Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Body::Whole(bytes) => bytes.is_empty(),
            Body::Stream(stream) => stream.is_finished(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Body::Stream(_) => SizeHint::default(),
        }
    }
}

/// Frames on their way out.
pub(crate) struct Stream {
    bytes: Bytes,
    marks: std::vec::IntoIter<Mark>,
    sent: usize,
    /// Time between tokens; `None` sends all at once.
    interval: Option<Duration>,
    timer: Pin<Box<Sleep>>,
    counters: Arc<Counters>,
}

impl Stream {
    pub(crate) fn new(frames: Frames, interval: Option<Duration>, counters: Arc<Counters>) -> Self {
        counters.stream_started();
        Stream {
            bytes: Bytes::from(frames.bytes),
            marks: frames.marks.into_iter(),
            sent: 0,
            interval,
            timer: Box::pin(sleep_until(Instant::now())),
            counters,
        }
    }

    fn is_finished(&self) -> bool {
        self.sent >= self.bytes.len()
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.is_finished() {
            return Poll::Ready(None);
        }
        let Some(interval) = self.interval else {
            return Poll::Ready(Some(self.take_until(self.sent.saturating_add(BURST))));
        };
        ready!(self.timer.as_mut().poll(context));
        // Everything up to the next token goes out with it.
        let mut end = self.bytes.len();
        for mark in self.marks.by_ref() {
            if mark.token {
                end = mark.end;
                break;
            }
        }
        let next = self.timer.deadline() + interval;
        self.timer.as_mut().reset(next);
        Poll::Ready(Some(self.take_until(end)))
    }

    fn take_until(&mut self, end: usize) -> Bytes {
        let end = end.min(self.bytes.len());
        let piece = self.bytes.slice(self.sent..end);
        self.sent = end;
        piece
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if !self.is_finished() {
            self.counters.stream_aborted();
        }
    }
}
