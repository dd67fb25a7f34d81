//! A stream that notes its activity and repairs response heads, between hyper and the socket.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::activity::StreamActivity;
use super::response_head::ResponseHeadFilter;

pin_project! {
    /// A stream that notes its activity.
    ///
    /// Once the peer no longer reads the request, the rest of the request is discarded. The peer
    /// may have sent a response before it closed, and hyper would not read that response after a
    /// write error.
    pub struct WatchedStream<S> {
        #[pin]
        stream: S,
        activity: Arc<StreamActivity>,
        head: ResponseHeadFilter,
    }
}

impl<S> WatchedStream<S> {
    pub fn new(stream: S, activity: Arc<StreamActivity>) -> Self {
        WatchedStream { stream, activity, head: ResponseHeadFilter::default() }
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

impl<S: AsyncRead> AsyncRead for WatchedStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut this = self.project();
        loop {
            if let Some(released) = this.head.release(buffer.remaining()) {
                buffer.put_slice(&released);
                return Poll::Ready(Ok(()));
            }
            let before = buffer.filled().len();
            ready!(this.stream.as_mut().poll_read(context, buffer))?;
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
            let is_held = this.head.hold(fresh);
            this.activity.note_head_repairs(this.head.repairs());
            if !is_held {
                return Poll::Ready(Ok(()));
            }
            buffer.set_filled(before);
        }
    }
}

impl<S: AsyncWrite> AsyncWrite for WatchedStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        if this.activity.write_failed() {
            return Poll::Ready(Ok(()));
        }
        unless_closed(this.activity, (), this.stream.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        let length = slices.iter().map(|slice| slice.len()).sum();
        if this.activity.write_failed() {
            return Poll::Ready(Ok(length));
        }
        let written = this.stream.poll_write_vectored(context, slices);
        if matches!(written, Poll::Ready(Ok(_))) {
            this.activity.note_bytes_moved();
        }
        unless_closed(this.activity, length, written)
    }
}
