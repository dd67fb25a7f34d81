//! One HTTP/1.1 connection: hyper's two halves kept together and driven by whoever uses it.
//!
//! hyper wants the connection polled beside the request; doing both in one task saves a task, a
//! wake-up and a lock per call, and dropping the value closes the socket: cancellation is free.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::response_head::{HeadFilter, Mended};

/// Idle for longer than this, the peer may have closed it unseen: look before sending.
const LOOK_AFTER: Duration = Duration::from_millis(2);

pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Pin<Box<dyn Future<Output = hyper::Result<()>> + Send + Sync>>,
    driver_ended: bool,
    traffic: Arc<Traffic>,
    idle_since: Instant,
}

impl Connection {
    /// Speaks HTTP/1.1 over a connected stream.
    pub async fn handshake<S>(stream: S) -> hyper::Result<Connection>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static,
    {
        let traffic = Arc::new(Traffic::new());
        let stream = TokioIo::new(Listening {
            stream,
            traffic: traffic.clone(),
            head: HeadFilter::default(),
        });
        // What http.client reads past, and some gateways write.
        let (sender, driver) = http1::Builder::new()
            .allow_obsolete_multiline_headers_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .handshake(stream)
            .await?;
        Ok(Connection {
            sender,
            driver: Box::pin(driver),
            driver_ended: false,
            traffic,
            idle_since: Instant::now(),
        })
    }

    /// What moves over it.
    pub fn traffic(&self) -> Arc<Traffic> {
        self.traffic.clone()
    }

    /// Takes it back from idleness; false if the peer has closed it meanwhile.
    pub async fn revive(&mut self) -> bool {
        if self.idle_since.elapsed() > LOOK_AFTER {
            // Lets the I/O driver see a close that came while nobody polled.
            tokio::task::yield_now().await;
        }
        poll_fn(|context| {
            self.poll_driver(context);
            if self.driver_ended {
                return Poll::Ready(false);
            }
            self.sender.poll_ready(context).map(|ready| ready.is_ok())
        })
        .await
    }

    /// Sends one request and waits for the head of its answer. The silence before it begins now.
    pub fn send(
        &mut self,
        request: http::Request<Full<Bytes>>,
    ) -> impl Future<Output = hyper::Result<http::Response<Incoming>>> {
        self.traffic.begin();
        async move {
            let mut answer = pin!(self.sender.send_request(request));
            let answer = poll_fn(|context| {
                self.poll_driver(context);
                answer.as_mut().poll(context)
            })
            .await;
            let mended = self.traffic.mended();
            answer.map(|mut response| {
                mended.restore(response.headers_mut());
                response
            })
        }
    }

    /// Drives the connection while `poll` waits for something that arrives over it.
    pub fn poll_with<T>(
        &mut self,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        self.poll_driver(context);
        poll(context)
    }

    /// Marks the start of idleness; false if it cannot carry another request.
    pub fn rest(&mut self) -> bool {
        self.idle_since = Instant::now();
        !self.driver_ended && !self.sender.is_closed() && !self.traffic.mended().version
    }

    /// How long nobody has used it.
    pub fn idle_for(&self) -> Duration {
        self.idle_since.elapsed()
    }

    fn poll_driver(&mut self, context: &mut Context<'_>) {
        // The driver's own error also reaches the request or its body, which report it.
        if !self.driver_ended && self.driver.as_mut().poll(context).is_ready() {
            self.driver_ended = true;
        }
    }
}

/// What moved over a connection since its last request began.
pub struct Traffic {
    created: Instant,
    /// Microseconds after `created` when a byte last went either way.
    last_moved: AtomicU64,
    heard: AtomicBool,
    renamed: AtomicBool,
    version: AtomicBool,
}

impl Traffic {
    fn new() -> Self {
        Traffic {
            created: Instant::now(),
            last_moved: AtomicU64::new(0),
            heard: AtomicBool::new(false),
            renamed: AtomicBool::new(false),
            version: AtomicBool::new(false),
        }
    }

    /// What was put right in the head of the last response.
    fn mended(&self) -> Mended {
        Mended {
            renamed: self.renamed.load(Ordering::Relaxed),
            version: self.version.load(Ordering::Relaxed),
        }
    }

    fn note_mended(&self, mended: Mended) {
        self.renamed.store(mended.renamed, Ordering::Relaxed);
        self.version.store(mended.version, Ordering::Relaxed);
    }

    /// Whether any byte came back.
    pub fn has_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
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
            let end = self.last_moved() + limit;
            if let Ok(output) = tokio::time::timeout_at(end.into(), future.as_mut()).await {
                return Some(output);
            }
            if self.last_moved() + limit == end {
                return None;
            }
        }
    }

    fn last_moved(&self) -> Instant {
        self.created + Duration::from_micros(self.last_moved.load(Ordering::Relaxed))
    }

    fn begin(&self) {
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
    struct Listening<S> {
        #[pin]
        stream: S,
        traffic: Arc<Traffic>,
        head: HeadFilter,
    }
}

impl<S> Listening<S> {
    fn note_written(self: Pin<&mut Self>, written: &Poll<io::Result<usize>>) {
        if matches!(written, Poll::Ready(Ok(_))) {
            self.project().traffic.moved();
        }
    }
}

impl<S: AsyncRead> AsyncRead for Listening<S> {
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

impl<S: AsyncWrite> AsyncWrite for Listening<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.as_mut().project().stream.poll_write(context, bytes);
        self.note_written(&written);
        written
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.as_mut().project().stream.poll_write_vectored(context, slices);
        self.note_written(&written);
        written
    }
}
