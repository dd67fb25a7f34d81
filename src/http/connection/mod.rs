//! One HTTP/1.1 connection: hyper's sender and its connection driver together.
//!
//! hyper requires that the driver is polled together with the request. Polling both in the task
//! that waits for the response saves another task, a wake-up and a lock per call. Dropping the
//! value closes the socket, so cancelling a call needs no code.

mod activity;
pub mod body;
mod chunk_decoder;
mod chunked_body;
mod head_repair;
mod response_head;
mod watched_stream;

use std::future::{Future, poll_fn};
use std::net::TcpStream;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use http::header::{CONNECTION, HeaderMap, HeaderName};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use crate::http::hyper_client::http1_client;
use crate::http::request_body::RequestBody;
use crate::runtime::caller_thread;
use activity::StreamActivity;
pub use watched_stream::ByteStream;
use watched_stream::WatchedStream;

/// On the runtime, a connection is checked before reuse only after this idle time, because the
/// runtime's I/O driver polls all sockets now and then. A caller's thread polls its sockets only while
/// it waits, so it checks every connection before it sends, as botocore does. A check costs 1 µs.
const CHECK_AFTER: Duration = Duration::from_millis(2);

/// What a connection knows about its TCP socket.
pub struct SocketInfo {
    /// The socket, if a caller's thread waits for it.
    pub caller_thread_socket: Option<Arc<TcpStream>>,
    /// How long the TCP handshake took.
    pub round_trip_time: Duration,
}

/// One connection. It speaks HTTP/1.1 and carries one request at a time. HTTP/2, which a two-way stream
/// needs, will be a second kind of connection here, which several requests share.
pub struct Connection {
    sender: http1::SendRequest<RequestBody>,
    /// Boxed, because a connection is moved from one owner to the next.
    driver: Box<http1::Connection<TokioIo<WatchedStream>, RequestBody>>,
    driver_ended: bool,
    /// Whether the request or the response has asked for the connection's end.
    is_last: bool,
    activity: Arc<StreamActivity>,
    socket: SocketInfo,
    idle_since: Instant,
}

impl Connection {
    /// Starts HTTP/1.1 on a connected stream.
    pub async fn handshake<S: ByteStream + 'static>(
        stream: S,
        socket: SocketInfo,
    ) -> hyper::Result<Connection> {
        let stream = WatchedStream::new(Box::new(stream), Arc::new(StreamActivity::default()));
        Connection::over(stream, socket).await
    }

    async fn over(stream: WatchedStream, socket: SocketInfo) -> hyper::Result<Connection> {
        let activity = stream.activity().clone();
        let (sender, driver) = http1_client().handshake(TokioIo::new(stream)).await?;
        Ok(Connection {
            sender,
            driver: Box::new(driver),
            driver_ended: false,
            is_last: false,
            activity,
            socket,
            idle_since: Instant::now(),
        })
    }

    pub fn activity(&self) -> Arc<StreamActivity> {
        self.activity.clone()
    }

    /// How long the TCP handshake took.
    pub fn round_trip_time(&self) -> Duration {
        self.socket.round_trip_time
    }

    /// Whether an idle connection can carry another request. The peer may have closed it.
    pub async fn is_usable(&mut self) -> bool {
        if caller_thread::is_current() || self.idle_for() > CHECK_AFTER {
            // The first poll registers the socket; the second one notices that the peer has closed.
            self.drive_once().await;
            let socket = self.socket.caller_thread_socket.as_ref();
            if !socket.is_some_and(caller_thread::is_silent) {
                caller_thread::check_sockets().await;
                self.drive_once().await;
            }
        }
        self.can_send()
    }

    /// Sends one request and waits for the head of its response. Counts as activity when it is called.
    pub fn send(
        &mut self,
        request: http::Request<RequestBody>,
    ) -> impl Future<Output = hyper::Result<http::Response<Incoming>>> {
        self.activity.begin_request();
        self.is_last = has_token(request.headers(), CONNECTION, "close");
        async move {
            let mut sent = pin!(self.sender.send_request(request));
            let response = poll_fn(|context| {
                self.poll_driver(context);
                sent.as_mut().poll(context)
            })
            .await;
            let repairs = self.activity.head_repairs();
            response.map(|mut response| {
                repairs.restore(response.headers_mut());
                response
            })
        }
    }

    /// Notes that the connection is idle from now on. Returns false if it cannot carry another request:
    /// it has ended, or the server responded before it had read the whole request, so that the rest of
    /// that request would precede the next one.
    pub fn begin_idle(&mut self) -> bool {
        self.idle_since = Instant::now();
        if !self.sender.is_ready() {
            // hyper becomes ready for another request when it is driven after the response.
            self.poll_driver(&mut Context::from_waker(Waker::noop()));
        }
        self.can_send()
    }

    pub fn idle_for(&self) -> Duration {
        self.idle_since.elapsed()
    }

    fn can_send(&self) -> bool {
        !self.driver_ended
            && !self.is_last
            && self.sender.is_ready()
            && !self.activity.write_failed()
            // A response of HTTP/1.0 ends its connection.
            && !self.activity.head_repairs().raised_version
    }

    async fn drive_once(&mut self) {
        poll_fn(|context| {
            self.poll_driver(context);
            Poll::Ready(())
        })
        .await;
    }

    fn poll_driver(&mut self, context: &mut Context<'_>) {
        // The driver's error is not lost: the request or its body gets the same error and reports it.
        if !self.driver_ended && Pin::new(&mut *self.driver).poll(context).is_ready() {
            self.driver_ended = true;
        }
    }
}

/// Whether a header whose values are lists, such as Connection, has this token.
fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let mut values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
}
