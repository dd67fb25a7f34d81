//! What moves over a connection, noted as it moves: how long it was silent, whether the peer has
//! answered, whether it takes the request.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::response_head::{HeadFilter, Mended};
use crate::runtime::timer;

/// What moved over a connection since its last request began.
pub struct Traffic {
    created: Instant,
    /// Microseconds after `created` when a byte last went either way.
    last_moved: AtomicU64,
    heard: AtomicBool,
    /// The peer takes no more of the request.
    write_failed: AtomicBool,
    renamed: AtomicBool,
    version: AtomicBool,
}

impl Default for Traffic {
    fn default() -> Self {
        Traffic {
            created: Instant::now(),
            last_moved: AtomicU64::new(0),
            heard: AtomicBool::new(false),
            write_failed: AtomicBool::new(false),
            renamed: AtomicBool::new(false),
            version: AtomicBool::new(false),
        }
    }
}

impl Traffic {
    /// Whether any byte came back.
    pub fn has_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }

    /// What was put right in the head of the last response.
    pub fn mended(&self) -> Mended {
        Mended {
            renamed: self.renamed.load(Ordering::Relaxed),
            version: self.version.load(Ordering::Relaxed),
        }
    }

    fn note_mended(&self, mended: Mended) {
        self.renamed.store(mended.renamed, Ordering::Relaxed);
        self.version.store(mended.version, Ordering::Relaxed);
    }

    /// Whether the peer has ended the connection while the request was being sent.
    pub fn write_failed(&self) -> bool {
        self.write_failed.load(Ordering::Relaxed)
    }

    /// For how long no byte has moved.
    pub fn silence(&self) -> Duration {
        self.last_moved().elapsed()
    }

    /// What comes of the future, or `None` once no byte has moved for `limit`. A request that is
    /// still going out is no silence, nor is a head that trickles in.
    pub async fn before_silence<T>(
        &self,
        limit: Duration,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        let mut future = pin!(future);
        loop {
            let moved = self.last_moved();
            // Beyond what the clock can express there is no limit.
            let end = moved.checked_add(limit);
            if let Some(output) = timer::timeout_at(end, future.as_mut()).await {
                return Some(output);
            }
            if self.last_moved() == moved {
                return None;
            }
        }
    }

    fn last_moved(&self) -> Instant {
        self.created + Duration::from_micros(self.last_moved.load(Ordering::Relaxed))
    }

    /// Another request begins.
    pub fn begin(&self) {
        self.heard.store(false, Ordering::Relaxed);
        self.moved();
    }

    fn moved(&self) {
        let since = self.created.elapsed().as_micros();
        self.last_moved.store(u64::try_from(since).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

pin_project! {
    /// A stream whose traffic is noted.
    ///
    /// Once the peer takes no more of the request, the rest of it is discarded: the peer may have
    /// answered before it closed, and hyper would never read that after an error of the write.
    pub struct Watched<S> {
        #[pin]
        stream: S,
        traffic: Arc<Traffic>,
        head: HeadFilter,
    }
}

impl<S> Watched<S> {
    pub fn new(stream: S, traffic: Arc<Traffic>) -> Self {
        Watched { stream, traffic, head: HeadFilter::default() }
    }
}

impl Traffic {
    /// What hyper is told of a write or a flush: `instead` of an error, if the peer takes no more.
    fn unless_closed<T>(&self, instead: T, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match outcome {
            Poll::Ready(Err(error)) if is_closed_by_peer(&error) => {
                self.write_failed.store(true, Ordering::Relaxed);
                Poll::Ready(Ok(instead))
            }
            outcome => outcome,
        }
    }
}

fn is_closed_by_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
    )
}

impl<S: AsyncRead> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut this = self.project();
        loop {
            if let Some(held) = this.head.release(buffer.remaining()) {
                buffer.put_slice(&held);
                return Poll::Ready(Ok(()));
            }
            let before = buffer.filled().len();
            ready!(this.stream.as_mut().poll_read(context, buffer))?;
            let Some(fresh) = buffer.filled_mut().get_mut(before..) else {
                return Poll::Ready(Ok(()));
            };
            if fresh.is_empty() {
                this.head.end();
                if let Some(held) = this.head.release(buffer.remaining()) {
                    buffer.put_slice(&held);
                }
                return Poll::Ready(Ok(()));
            }
            this.traffic.moved();
            if !this.traffic.heard.swap(true, Ordering::Relaxed) {
                this.head.begin();
            }
            if this.head.is_passing() {
                return Poll::Ready(Ok(()));
            }
            let held = this.head.hold(fresh);
            this.traffic.note_mended(this.head.mended());
            if !held {
                return Poll::Ready(Ok(()));
            }
            buffer.set_filled(before);
        }
    }
}

impl<S: AsyncWrite> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.project();
        if this.traffic.write_failed() {
            return Poll::Ready(Ok(()));
        }
        this.traffic.unless_closed((), this.stream.poll_flush(context))
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
        if this.traffic.write_failed() {
            return Poll::Ready(Ok(length));
        }
        let written = this.stream.poll_write_vectored(context, slices);
        if matches!(written, Poll::Ready(Ok(_))) {
            this.traffic.moved();
        }
        this.traffic.unless_closed(length, written)
    }
}
