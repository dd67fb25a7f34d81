//! One HTTP/1.1 connection: hyper's two halves kept together and driven by whoever uses it.
//!
//! hyper wants the connection polled beside the request; doing both in one task saves a task, a
//! wake-up and a lock per call, and dropping the value closes the socket: cancellation is free.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Idle for longer than this, the peer may have closed it unseen: look before sending.
const LOOK_AFTER: Duration = Duration::from_millis(2);

pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Pin<Box<dyn Future<Output = hyper::Result<()>> + Send + Sync>>,
    driver_ended: bool,
    heard: Arc<AtomicBool>,
    used: bool,
    idle_since: Instant,
}

impl Connection {
    /// Speaks HTTP/1.1 over a connected stream.
    pub async fn handshake<S>(stream: S) -> hyper::Result<Connection>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static,
    {
        let heard = Arc::new(AtomicBool::new(false));
        let stream = TokioIo::new(Listening { stream, heard: heard.clone() });
        let (sender, driver) = http1::handshake(stream).await?;
        Ok(Connection {
            sender,
            driver: Box::pin(driver),
            driver_ended: false,
            heard,
            used: false,
            idle_since: Instant::now(),
        })
    }

    /// Whether a request went over it before this one.
    pub fn is_reused(&self) -> bool {
        self.used
    }

    /// Whether any byte came back since the last [`Connection::send`] began.
    pub fn has_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
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

    /// Sends one request and waits for the head of its answer.
    pub async fn send(
        &mut self,
        request: http::Request<Full<Bytes>>,
    ) -> hyper::Result<http::Response<Incoming>> {
        self.heard.store(false, Ordering::Relaxed);
        let answer = self.sender.send_request(request);
        tokio::pin!(answer);
        let outcome = poll_fn(|context| {
            self.poll_driver(context);
            answer.as_mut().poll(context)
        })
        .await;
        self.used = true;
        outcome
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
        !self.driver_ended && !self.sender.is_closed()
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

pin_project! {
    /// Notes whether the peer said anything: a request may be resent for free only if not.
    struct Listening<S> {
        #[pin]
        stream: S,
        heard: Arc<AtomicBool>,
    }
}

impl<S: AsyncRead> AsyncRead for Listening<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        let before = buffer.filled().len();
        let outcome = this.stream.poll_read(context, buffer);
        if buffer.filled().len() > before {
            this.heard.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

impl<S: AsyncWrite> AsyncWrite for Listening<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write(context, bytes)
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
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write_vectored(context, slices)
    }
}
