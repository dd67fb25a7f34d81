//! One HTTP/1.1 connection: hyper's two halves kept together and driven by whoever uses it.
//!
//! hyper wants the connection polled beside the request; doing both in one task saves a task, a
//! wake-up and a lock per call, and dropping the value closes the socket: cancellation is free.

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::socket::AbortHandle;
use super::{caller_thread, timer};

/// On the runtime, whose I/O driver looks at all sockets now and then, a connection that was idle
/// for less is not checked once more. A caller's thread looks at its sockets only when it waits, so
/// it checks every connection before it sends, as botocore does (1 µs).
const CHECK_AFTER: Duration = Duration::from_millis(2);

/// A connection that was idle for longer is not used again. Gateways and firewalls on the way
/// forget silent connections without a word, some after a minute or two, NAT gateways after 350 s;
/// what is sent then is answered by nobody. Opening another one costs 0.3 ms of CPU with TLS, once
/// in a minute at most.
pub const MAX_IDLE: Duration = Duration::from_secs(60);

/// hyper's client with the tolerance of Python's http.client, which some gateways need.
pub fn http1_client() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    builder
}

/// What is known of a connection since it was opened.
pub struct Opened {
    /// The socket, where a caller's thread waits for it.
    pub direct: Option<Arc<TcpStream>>,
    /// How long the TCP handshake took.
    pub round_trip: Duration,
}

pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Pin<Box<dyn Future<Output = hyper::Result<()>> + Send + Sync>>,
    driver_ended: bool,
    traffic: Arc<Traffic>,
    opened: Opened,
    idle_since: Instant,
}

impl Connection {
    /// Speaks HTTP/1.1 over a connected stream.
    pub async fn handshake<S>(stream: S, opened: Opened) -> hyper::Result<Connection>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static,
    {
        let traffic = Arc::new(Traffic::new());
        let stream = TokioIo::new(Watched { stream, traffic: traffic.clone() });
        let (sender, driver) = http1_client().handshake(stream).await?;
        Ok(Connection {
            sender,
            driver: Box::pin(driver),
            driver_ended: false,
            traffic,
            opened,
            idle_since: Instant::now(),
        })
    }

    /// What moves over it.
    pub fn traffic(&self) -> Arc<Traffic> {
        self.traffic.clone()
    }

    /// How long the TCP handshake took.
    pub fn round_trip(&self) -> Duration {
        self.opened.round_trip
    }

    /// Ends the connection from another thread, where a caller's thread uses it.
    pub fn abort_handle(&self) -> Option<AbortHandle> {
        self.opened.direct.clone().map(AbortHandle::new)
    }

    /// Whether it can carry another request after its idle time.
    pub async fn is_usable(&mut self) -> bool {
        if self.idle_for() > MAX_IDLE {
            return false;
        }
        if caller_thread::is_current() || self.idle_for() > CHECK_AFTER {
            // The first poll says that the socket is waited for, the second one sees a close.
            self.drive_once().await;
            caller_thread::check_sockets().await;
            self.drive_once().await;
        }
        self.can_send()
    }

    /// Sends one request and waits for the head of its answer. The silence before it begins now.
    pub fn send(
        &mut self,
        request: http::Request<Full<Bytes>>,
    ) -> impl Future<Output = hyper::Result<http::Response<Incoming>>> {
        self.traffic.begin();
        async move {
            let mut answer = pin!(self.sender.send_request(request));
            poll_fn(|context| {
                self.poll_driver(context);
                answer.as_mut().poll(context)
            })
            .await
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

    /// Marks the start of idleness. False if the connection cannot carry another request: it has
    /// ended, or the server answered before it had read the whole request, the rest of which would
    /// come before the next one.
    pub fn rest(&mut self) -> bool {
        self.idle_since = Instant::now();
        if !self.sender.is_ready() {
            // hyper asks for another request when it is driven after the answer's end.
            self.poll_driver(&mut Context::from_waker(Waker::noop()));
        }
        self.can_send()
    }

    /// How long nobody has used it.
    pub fn idle_for(&self) -> Duration {
        self.idle_since.elapsed()
    }

    fn can_send(&self) -> bool {
        !self.driver_ended && self.sender.is_ready() && !self.traffic.write_failed()
    }

    async fn drive_once(&mut self) {
        poll_fn(|context| {
            self.poll_driver(context);
            Poll::Ready(())
        })
        .await;
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
    /// The peer takes no more of the request.
    write_failed: AtomicBool,
}

impl Traffic {
    fn new() -> Self {
        Traffic {
            created: Instant::now(),
            last_moved: AtomicU64::new(0),
            heard: AtomicBool::new(false),
            write_failed: AtomicBool::new(false),
        }
    }

    /// Whether any byte came back.
    pub fn has_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }

    fn write_failed(&self) -> bool {
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
            if let Some(output) = timer::before(end, future.as_mut()).await {
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
    ///
    /// Once the peer takes no more of the request, the rest of it is discarded: the peer may have
    /// answered before it closed, and hyper would never read that after an error of the write.
    struct Watched<S> {
        #[pin]
        stream: S,
        traffic: Arc<Traffic>,
    }
}

impl Traffic {
    /// What hyper is told of an attempt to write `length` bytes.
    fn noted(&self, length: usize, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(written)) => {
                self.moved();
                Poll::Ready(Ok(written))
            }
            Poll::Ready(Err(error)) if is_closed_by_peer(&error) => {
                self.write_failed.store(true, Ordering::Relaxed);
                Poll::Ready(Ok(length))
            }
            other => other,
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
        let this = self.project();
        let before = buffer.filled().len();
        let outcome = this.stream.poll_read(context, buffer);
        if buffer.filled().len() > before {
            this.traffic.heard.store(true, Ordering::Relaxed);
            this.traffic.moved();
        }
        outcome
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
        match this.stream.poll_flush(context) {
            Poll::Ready(Err(error)) if is_closed_by_peer(&error) => {
                this.traffic.write_failed.store(true, Ordering::Relaxed);
                Poll::Ready(Ok(()))
            }
            other => other,
        }
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
        this.traffic.noted(length, written)
    }
}
