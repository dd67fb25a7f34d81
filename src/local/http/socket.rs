//! One accepted socket: its bytes are counted, and a fault can break it from the inside.

use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::activity::Activity;
use super::counters::Counters;

const INTACT: u8 = 0;
const RESET: u8 = 1;
const HALF_CLOSED: u8 = 2;

/// The socket as hyper (or rustls) sees it.
pub(crate) struct Wire {
    socket: TcpStream,
    line: Line,
    counters: Arc<Counters>,
    activity: Arc<Activity>,
    half_closed: bool,
}

/// A handle by which an exchange breaks the socket that it arrived on.
#[derive(Clone)]
pub(crate) struct Line(Arc<State>);

struct State {
    condition: AtomicU8,
    /// Of the task that reads the socket: over HTTP/2 an exchange has a task of its own.
    reader: Mutex<Option<Waker>>,
}

impl Line {
    /// From now on every read and write fails, and closing the socket sends RST.
    pub(crate) fn reset(&self) {
        self.turn(RESET);
    }

    /// From now on nothing more is written: the peer sees the end of the stream while its own
    /// direction stays open.
    pub(crate) fn half_close(&self) {
        self.turn(HALF_CLOSED);
    }

    fn turn(&self, condition: u8) {
        self.0.condition.store(condition, Ordering::Release);
        if let Some(reader) = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner).take() {
            reader.wake();
        }
    }

    fn is(&self, condition: u8) -> bool {
        self.0.condition.load(Ordering::Acquire) == condition
    }

    fn read_by(&self, context: &Context<'_>) {
        let mut reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if !reader.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) {
            *reader = Some(context.waker().clone());
        }
    }
}

impl Wire {
    pub(crate) fn new(
        socket: TcpStream,
        counters: Arc<Counters>,
        activity: Arc<Activity>,
    ) -> (Wire, Line) {
        let state = State { condition: AtomicU8::new(INTACT), reader: Mutex::new(None) };
        let line = Line(Arc::new(state));
        counters.connection_opened();
        (Wire { socket, line: line.clone(), counters, activity, half_closed: false }, line)
    }

    /// The error that a reset line gives to whoever still uses it.
    fn broken(&self) -> Option<io::Error> {
        if !self.line.is(RESET) {
            return None;
        }
        let _ = self.socket.set_zero_linger();
        Some(io::ErrorKind::ConnectionReset.into())
    }

    /// Shuts the sending direction once; true while a half-close is in effect.
    fn muted(&mut self, context: &mut Context<'_>) -> bool {
        if !self.line.is(HALF_CLOSED) {
            return false;
        }
        if !self.half_closed {
            self.half_closed = Pin::new(&mut self.socket).poll_shutdown(context).is_ready();
        }
        true
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.broken().is_none() {
            // Closing it is not enough where a forked process has a copy.
            let _ = SockRef::from(&self.socket).shutdown(Shutdown::Both);
        }
        self.counters.connection_closed();
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        wire.line.read_by(context);
        if let Some(error) = wire.broken() {
            return Poll::Ready(Err(error));
        }
        wire.muted(context);
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut wire.socket).poll_read(context, buffer);
        wire.counters.received(buffer.filled().len().saturating_sub(before));
        outcome
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        if let Some(error) = wire.broken() {
            return Poll::Ready(Err(error));
        }
        if wire.muted(context) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        let outcome = Pin::new(&mut wire.socket).poll_write_vectored(context, slices);
        wire.activity.set_blocked(outcome.is_pending());
        if let Poll::Ready(Ok(sent)) = &outcome {
            wire.counters.sent(*sent);
        }
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        wire.muted(context);
        Pin::new(&mut wire.socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        match wire.broken() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut wire.socket).poll_shutdown(context),
        }
    }
}
