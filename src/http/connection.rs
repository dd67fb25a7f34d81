//! One HTTP/1.1 connection: hyper's two halves kept together and driven by whoever uses it.
//!
//! hyper wants the connection polled beside the request; doing both in one task saves a task, a
//! wake-up and a lock per call, and dropping the value closes the socket: cancellation is free.

use std::future::{Future, poll_fn};
use std::net::TcpStream;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::http::request_body::RequestBody;
use crate::http::socket::AbortHandle;
use crate::http::traffic::{Traffic, Watched};
use crate::runtime::caller_thread;

/// On the runtime, whose I/O driver looks at all sockets now and then, a connection that was idle
/// for less is not checked once more. A caller's thread looks at its sockets only when it waits, so
/// it checks every connection before it sends, as botocore does (1 µs).
const CHECK_AFTER: Duration = Duration::from_millis(2);

/// A connection that was idle for longer is not used again. Gateways and firewalls on the way
/// forget silent connections without a word, some after a minute or two, NAT gateways after 350 s;
/// what is sent then is answered by nobody. Opening another one costs 0.2 ms of CPU with TLS, once
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

/// One connection. It speaks HTTP/1.1 and carries one request at a time. HTTP/2, which a two-way stream
/// needs, will be a second kind of connection in here; requests then share it.
pub struct Connection {
    sender: SendRequest<RequestBody>,
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
        let traffic = Arc::new(Traffic::default());
        let stream = TokioIo::new(Watched::new(stream, traffic.clone()));
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

    /// Whether it can carry another request: the peer may have closed it meanwhile.
    pub async fn is_usable(&mut self) -> bool {
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
        request: http::Request<RequestBody>,
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
        !self.driver_ended
            && self.sender.is_ready()
            && !self.traffic.write_failed()
            // A response of HTTP/1.0 ends its connection.
            && !self.traffic.mended().version
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
