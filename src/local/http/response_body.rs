//! Response bodies: whole ones, and those that flow, at a pace or to a bad end.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};

use super::counters::Counters;
use super::frames::{Frames, Mark};
use super::wire::Line;

/// The largest piece of a burst that is handed over at once.
const BURST: usize = 256 * 1024;
/// Time for what was handed over to leave, before the connection breaks.
const FLUSH: Duration = Duration::from_millis(10);

pub(crate) enum Body {
    Whole(Bytes),
    Flow(Box<Flow>),
    Live(Live),
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Body::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Body::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Body::Flow(flow) => {
                let piece = ready!(flow.poll_next(context));
                Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
            }
            Body::Live(live) => {
                let piece = ready!(live.pieces.poll_recv(context));
                live.ended = piece.is_none();
                Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Body::Whole(bytes) => bytes.is_empty(),
            Body::Flow(flow) => flow.is_finished(),
            Body::Live(live) => live.ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Body::Flow(flow) if flow.sized => SizeHint::with_exact(flow.bytes.len() as u64),
            Body::Flow(_) | Body::Live(_) => SizeHint::default(),
        }
    }
}

/// What happens once so many bytes are out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Silence; `None` lasts until the client gives up.
    Pause(Option<Duration>),
    Reset,
    HalfClose,
}

/// Bytes on their way out.
pub(crate) struct Flow {
    bytes: Bytes,
    sent: usize,
    /// The length is announced.
    sized: bool,
    marks: std::vec::IntoIter<Mark>,
    /// Time between tokens; `None` sends all at once.
    interval: Option<Duration>,
    /// In the order of their places.
    turns: VecDeque<(usize, Turn)>,
    timer: Pin<Box<Sleep>>,
    /// The timer runs for the turn at hand.
    turning: bool,
    line: Line,
    /// Counts a client that leaves early; gone once the server itself broke off.
    witness: Option<Arc<Counters>>,
}

impl Flow {
    /// A body of known length. Turns are given in the order of their places.
    pub(crate) fn whole(bytes: Bytes, turns: Vec<(usize, Turn)>, line: Line) -> Self {
        Flow {
            bytes,
            sent: 0,
            sized: true,
            marks: Vec::new().into_iter(),
            interval: None,
            turns: turns.into(),
            timer: Box::pin(sleep_until(Instant::now())),
            turning: false,
            line,
            witness: None,
        }
    }

    /// An event stream whose tokens are `interval` apart.
    pub(crate) fn events(
        frames: Frames,
        interval: Option<Duration>,
        turns: Vec<(usize, Turn)>,
        line: Line,
        counters: Arc<Counters>,
    ) -> Self {
        counters.stream_started();
        let mut flow = Flow::whole(Bytes::from(frames.bytes), turns, line);
        flow.sized = false;
        flow.marks = frames.marks.into_iter();
        flow.interval = interval;
        flow.witness = Some(counters);
        flow
    }

    fn is_finished(&self) -> bool {
        self.sent >= self.bytes.len() && self.turns.is_empty()
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        while let Some((place, turn)) = self.turns.front().copied() {
            if place > self.sent {
                break;
            }
            ready!(self.poll_turn(turn, context))?;
            self.turns.pop_front();
            self.turning = false;
            // Time stood still for the tokens as well.
            self.timer.as_mut().reset(Instant::now());
        }
        if self.sent >= self.bytes.len() {
            return Poll::Ready(None);
        }
        let limit = self.turns.front().map_or(self.bytes.len(), |(place, _)| *place);
        let Some(interval) = self.interval else {
            return Poll::Ready(Some(Ok(self.take_until(limit.min(self.sent + BURST)))));
        };
        ready!(self.timer.as_mut().poll(context));
        // Everything up to the next token goes out with it.
        let sent = self.sent;
        let token = self.marks.by_ref().find(|mark| mark.token && mark.end > sent);
        let end = token.map_or(self.bytes.len(), |mark| mark.end);
        let next = self.timer.deadline() + interval;
        self.timer.as_mut().reset(next);
        Poll::Ready(Some(Ok(self.take_until(end.min(limit)))))
    }

    /// Ready once the flow may go on; an error ends the connection.
    fn poll_turn(&mut self, turn: Turn, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let time = match turn {
            Turn::Pause(None) => return Poll::Pending,
            Turn::Pause(Some(pause)) => pause,
            Turn::Reset | Turn::HalfClose => {
                self.witness = None;
                FLUSH
            }
        };
        if !self.turning {
            self.turning = true;
            self.timer.as_mut().reset(Instant::now() + time);
        }
        ready!(self.timer.as_mut().poll(context));
        match turn {
            Turn::Pause(_) => Poll::Ready(Ok(())),
            Turn::Reset => {
                self.line.reset();
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
            Turn::HalfClose => {
                self.line.half_close();
                Poll::Pending
            }
        }
    }

    fn take_until(&mut self, end: usize) -> Bytes {
        let end = end.min(self.bytes.len());
        let piece = self.bytes.slice(self.sent..end);
        self.sent = end;
        piece
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        if let Some(counters) = self.witness.as_ref().filter(|_| !self.is_finished()) {
            counters.stream_aborted();
        }
    }
}

/// Events that are made while they are sent.
pub(crate) struct Live {
    pieces: mpsc::Receiver<Bytes>,
    ended: bool,
    counters: Arc<Counters>,
}

impl Live {
    pub(crate) fn new(pieces: mpsc::Receiver<Bytes>, counters: Arc<Counters>) -> Self {
        counters.stream_started();
        Live { pieces, ended: false, counters }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if !self.ended {
            self.counters.stream_aborted();
        }
    }
}
