//! A stream that notes its activity and repairs response heads, between hyper and the socket.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::StreamActivity;
use super::response_head::ResponseHeadFilter;

/// A connected stream of bytes, with or without TLS.
pub trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send + Sync {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync> ByteStream for S {}

/// A stream that notes its activity.
///
/// Once the peer no longer reads the request, the rest of the request is discarded. The peer may have
/// sent a response before it closed, and hyper would not read that response after a write error.
pub struct WatchedStream {
    stream: Box<dyn ByteStream>,
    activity: Arc<StreamActivity>,
    head: ResponseHeadFilter,
}

impl WatchedStream {
    pub fn new(stream: Box<dyn ByteStream>, activity: Arc<StreamActivity>) -> Self {
        WatchedStream { stream, activity, head: ResponseHeadFilter::default() }
    }

    pub fn activity(&self) -> &Arc<StreamActivity> {
        &self.activity
    }

    /// Takes the beginning of a body in chunks, which hyper has not seen. From now on, reads give the
    /// rest of it.
    pub fn take_chunks(&mut self) -> Vec<u8> {
        self.head.take_chunks()
    }
}

/// If the peer no longer reads, replaces the error with the success `instead`.
fn unless_closed<T>(
    activity: &StreamActivity,
    instead: T,
    outcome: Poll<io::Result<T>>,
) -> Poll<io::Result<T>> {
    match outcome {
        Poll::Ready(Err(error)) if is_closed_by_peer(&error) => {
            activity.note_write_failed();
            Poll::Ready(Ok(instead))
        }
        outcome => outcome,
    }
}

fn is_closed_by_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
    )
}

impl AsyncRead for WatchedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.head.holds_chunks() {
                if !this.activity.passes_chunks() {
                    // No wake-up is needed: the connection has the head, and decides who reads on.
                    this.activity.note_held_chunks();
                    return Poll::Pending;
                }
                this.head.pass_chunks();
            }
            if let Some(released) = this.head.release(buffer.remaining()) {
                buffer.put_slice(&released);
                return Poll::Ready(Ok(()));
            }
            let before = buffer.filled().len();
            ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
            let Some(fresh) = buffer.filled_mut().get_mut(before..) else {
                return Poll::Ready(Ok(()));
            };
            if fresh.is_empty() {
                this.head.end();
                if let Some(released) = this.head.release(buffer.remaining()) {
                    buffer.put_slice(&released);
                }
                return Poll::Ready(Ok(()));
            }
            if this.activity.note_bytes_received() {
                this.head.begin();
            }
            if this.head.is_passing() {
                return Poll::Ready(Ok(()));
            }
            let passed = this.head.hold(fresh);
            this.activity.note_head_repairs(this.head.repairs());
            buffer.set_filled(before + passed);
            if passed > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = if this.activity.write_failed() {
            Poll::Ready(Ok(()))
        } else {
            let flushed = Pin::new(&mut this.stream).poll_flush(context);
            unless_closed(&this.activity, (), flushed)
        };
        this.activity.note_flushed(matches!(flushed, Poll::Ready(Ok(()))));
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.activity.note_flushed(false);
        let length = slices.iter().map(|slice| slice.len()).sum();
        if this.activity.write_failed() {
            return Poll::Ready(Ok(length));
        }
        let written = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        if matches!(written, Poll::Ready(Ok(_))) {
            this.activity.note_bytes_moved();
        }
        unless_closed(&this.activity, length, written)
    }
}
