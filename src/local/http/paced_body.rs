//! A response body that is sent at a limited rate, and that a fault may pause or break.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, Sleep, sleep_until};

use super::fault_switch::FaultSwitch;
use crate::local::counters::Counters;
use crate::local::event_stream::frames::{Frames, Mark};

/// The largest chunk of a body whose rate is not limited.
const LARGEST_CHUNK: usize = 256 * 1024;
/// How long the last chunk may take to leave before the connection breaks.
const FLUSH: Duration = Duration::from_millis(10);

/// What happens after a number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// Silence; `None` lasts until the client gives up.
    Pause(Option<Duration>),
    Reset,
    HalfClose,
}

pub(crate) struct PacedBody {
    bytes: Bytes,
    sent: usize,
    /// Whether the length is announced.
    sized: bool,
    marks: std::vec::IntoIter<Mark>,
    /// Time from token to token; `None` sends all at once.
    interval: Option<Duration>,
    /// Sorted by the number of bytes before each of them.
    interruptions: VecDeque<(usize, Interruption)>,
    timer: Pin<Box<Sleep>>,
    /// Whether the timer runs for the first interruption rather than for a token.
    interrupted: bool,
    fault_switch: FaultSwitch,
    /// Counts a client that leaves early; `None` after the server itself broke the connection.
    abort_counter: Option<Arc<Counters>>,
}

impl PacedBody {
    /// A body of known length. `interruptions` are sorted by their number of bytes.
    pub(crate) fn whole(
        bytes: Bytes,
        interruptions: Vec<(usize, Interruption)>,
        fault_switch: FaultSwitch,
    ) -> Self {
        PacedBody {
            bytes,
            sent: 0,
            sized: true,
            marks: Vec::new().into_iter(),
            interval: None,
            interruptions: interruptions.into(),
            timer: Box::pin(sleep_until(Instant::now())),
            interrupted: false,
            fault_switch,
            abort_counter: None,
        }
    }

    /// An event stream that sends a token every `interval`.
    pub(crate) fn events(
        frames: Frames,
        interval: Option<Duration>,
        interruptions: Vec<(usize, Interruption)>,
        fault_switch: FaultSwitch,
        counters: Arc<Counters>,
    ) -> Self {
        counters.stream_started();
        let mut body = PacedBody::whole(Bytes::from(frames.bytes), interruptions, fault_switch);
        body.sized = false;
        body.marks = frames.marks.into_iter();
        body.interval = interval;
        body.abort_counter = Some(counters);
        body
    }

    /// The announced length, if there is one.
    pub(super) fn length(&self) -> Option<u64> {
        self.sized.then_some(self.bytes.len() as u64)
    }

    pub(super) fn is_finished(&self) -> bool {
        self.sent >= self.bytes.len() && self.interruptions.is_empty()
    }

    pub(super) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        while let Some((place, interruption)) = self.interruptions.front().copied() {
            if place > self.sent {
                break;
            }
            ready!(self.poll_interruption(interruption, context))?;
            self.interruptions.pop_front();
            self.interrupted = false;
            // The time of the interruption does not count for the rate of the tokens.
            self.timer.as_mut().reset(Instant::now());
        }
        if self.sent >= self.bytes.len() {
            return Poll::Ready(None);
        }
        let limit = self.interruptions.front().map_or(self.bytes.len(), |(place, _)| *place);
        let Some(interval) = self.interval else {
            return Poll::Ready(Some(Ok(self.take_until(limit.min(self.sent + LARGEST_CHUNK)))));
        };
        ready!(self.timer.as_mut().poll(context));
        // The frames before the next token are sent together with it.
        let sent = self.sent;
        let token = self.marks.by_ref().find(|mark| mark.token && mark.end > sent);
        let end = token.map_or(self.bytes.len(), |mark| mark.end);
        let next = self.timer.deadline() + interval;
        self.timer.as_mut().reset(next);
        Poll::Ready(Some(Ok(self.take_until(end.min(limit)))))
    }

    /// Ready when the body may continue; an error ends the connection.
    fn poll_interruption(
        &mut self,
        interruption: Interruption,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let time = match interruption {
            Interruption::Pause(None) => return Poll::Pending,
            Interruption::Pause(Some(pause)) => pause,
            Interruption::Reset | Interruption::HalfClose => {
                self.abort_counter = None;
                FLUSH
            }
        };
        if !self.interrupted {
            self.interrupted = true;
            self.timer.as_mut().reset(Instant::now() + time);
        }
        ready!(self.timer.as_mut().poll(context));
        match interruption {
            Interruption::Pause(_) => Poll::Ready(Ok(())),
            Interruption::Reset => {
                self.fault_switch.reset();
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
            Interruption::HalfClose => {
                self.fault_switch.half_close();
                Poll::Pending
            }
        }
    }

    fn take_until(&mut self, end: usize) -> Bytes {
        let end = end.min(self.bytes.len());
        let chunk = self.bytes.slice(self.sent..end);
        self.sent = end;
        chunk
    }
}

impl Drop for PacedBody {
    fn drop(&mut self) {
        if let Some(counters) = self.abort_counter.as_ref().filter(|_| !self.is_finished()) {
            counters.stream_aborted();
        }
    }
}
