//! The body of a response with the connection that it arrives over.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONNECTION, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use hyper::body::{Body as _, Incoming};

pub use super::chunked_body::BodyError;
use super::chunked_body::ChunkedBody;
use super::{Connection, SocketInfo, has_token};
use crate::http::hyper_client;
use crate::http::socket::AbortHandle;

/// A body that is being read.
pub enum OpenBody {
    ByHyper(Incoming, Connection),
    Chunked(ChunkedBody, SocketInfo),
}

impl OpenBody {
    /// The body of the response to the request that the connection sent last. If it is in chunks, hyper
    /// is let go: what it keeps for an open body is most of an idle stream's memory.
    pub fn new(mut connection: Connection, incoming: Incoming, headers: &mut HeaderMap) -> Self {
        // hyper may see another coding than we do, or no body, and it may still have to send the rest
        // of the request.
        let activity = &connection.activity;
        let is_chunked = has_token(headers, TRANSFER_ENCODING, "chunked");
        let is_body = !incoming.is_end_stream() && !connection.driver_ended;
        if !(is_chunked && is_body && activity.held_chunks() && activity.is_flushed()) {
            activity.pass_chunks();
            return OpenBody::ByHyper(incoming, connection);
        }
        connection.is_last |= has_token(headers, CONNECTION, "close");
        for value in headers.values_mut() {
            // A copy does not keep hyper's read buffer alive.
            if let Ok(copy) = HeaderValue::from_bytes(value.as_bytes()) {
                *value = copy;
            }
        }
        let stream = connection.driver.into_parts().io.into_inner();
        OpenBody::Chunked(ChunkedBody::new(stream, connection.is_last), connection.socket)
    }

    /// The next bytes of the body; `Ready(None)` at its end.
    pub fn poll_data(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        let (incoming, connection) = match self {
            OpenBody::ByHyper(incoming, connection) => (incoming, connection),
            OpenBody::Chunked(body, _) => return body.poll_data(context),
        };
        loop {
            connection.poll_driver(context);
            let Some(frame) = ready!(Pin::new(&mut *incoming).poll_frame(context)) else {
                return Poll::Ready(None);
            };
            match frame.map(hyper::body::Frame::into_data) {
                Ok(Ok(data)) => return Poll::Ready(Some(Ok(data))),
                Ok(Err(_)) => {} // The service model has no trailers.
                Err(error) => return Poll::Ready(Some(Err(hyper_error(&error)))),
            }
        }
    }

    /// Whether the length of the body was announced.
    pub fn has_length(&self) -> bool {
        match self {
            OpenBody::ByHyper(incoming, _) => incoming.size_hint().exact().is_some(),
            OpenBody::Chunked(..) => false,
        }
    }

    /// A handle that ends the connection from another thread. `None` on the runtime.
    pub fn abort_handle(&self) -> Option<AbortHandle> {
        let socket: &SocketInfo = match self {
            OpenBody::ByHyper(_, connection) => &connection.socket,
            OpenBody::Chunked(_, socket) => socket,
        };
        socket.caller_thread_socket.clone().map(AbortHandle::new)
    }

    /// Whether the whole body was read. If its length was not announced, the next read tells.
    pub fn has_ended(&self) -> bool {
        match self {
            OpenBody::ByHyper(incoming, _) => incoming.is_end_stream(),
            OpenBody::Chunked(..) => false,
        }
    }

    /// The connection after the end of the body.
    pub async fn into_connection(self: Box<Self>) -> hyper::Result<Connection> {
        match *self {
            OpenBody::ByHyper(_, connection) => Ok(connection),
            // Boxed, because it would be the largest part of a call's future.
            OpenBody::Chunked(body, socket) => Box::pin(connection_after(body, socket)).await,
        }
    }
}

/// The connection after a body that was read without hyper.
async fn connection_after(body: ChunkedBody, socket: SocketInfo) -> hyper::Result<Connection> {
    let (stream, is_last) = body.into_stream();
    let mut connection = Connection::over(stream, socket).await?;
    connection.is_last = is_last;
    Ok(connection)
}

fn hyper_error(error: &hyper::Error) -> BodyError {
    BodyError {
        text: hyper_client::text_with_causes(error),
        is_early_end: hyper_client::is_early_end(error),
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;
    use crate::http::request_body::RequestBody;

    const OK: &str = "HTTP/1.1 200 OK\r\n";
    const CHUNKED: &str = "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    const WITH_LENGTH: &str = "Content-Length: 5\r\n\r\nhello";
    /// Two headers, of which only the second one says how the body is sent.
    const NOT_CHUNKED: &str = "Transfer_Encoding: chunked\r\nTransfer-Encoding: identity\r\n";

    /// The body of a response that the peer sends after it has read this much of the request.
    async fn body_of(
        mut connection: Connection,
        peer: &mut DuplexStream,
        reads: usize,
        response: &str,
    ) -> OpenBody {
        let body = RequestBody::from(Bytes::from(vec![b'x'; 1000]));
        let request = http::Request::post("/").body(body).unwrap();
        let answer = async {
            peer.read_exact(&mut vec![0; reads]).await.unwrap();
            peer.write_all(response.as_bytes()).await.unwrap();
        };
        let (response, ()) = tokio::join!(connection.send(request), answer);
        let (mut head, incoming) = response.unwrap().into_parts();
        OpenBody::new(connection, incoming, &mut head.headers)
    }

    async fn text(body: &mut OpenBody) -> String {
        let mut text = String::new();
        let deadline = Duration::from_secs(5);
        while let Some(data) =
            tokio::time::timeout(deadline, poll_fn(|context| body.poll_data(context)))
                .await
                .unwrap()
        {
            let data = data.unwrap_or_else(|error| panic!("{}", error.text));
            text.push_str(std::str::from_utf8(&data).unwrap());
        }
        text
    }

    async fn connection(buffered: usize) -> (Connection, DuplexStream) {
        let (near, far) = duplex(buffered);
        let socket = SocketInfo { caller_thread_socket: None, round_trip_time: Duration::ZERO };
        (Connection::handshake(near, socket).await.unwrap(), far)
    }

    #[tokio::test]
    async fn hyper_is_let_go_if_the_request_was_sent_and_the_body_is_in_chunks() {
        for (response, buffered, is_let_go) in [
            (format!("{OK}{CHUNKED}"), 8192, true),
            (format!("{OK}{WITH_LENGTH}"), 8192, false),
            (format!("{OK}{NOT_CHUNKED}{WITH_LENGTH}"), 8192, false),
            (format!("{OK}{CHUNKED}"), 100, false),
        ] {
            let (connection, mut peer) = connection(buffered).await;
            let mut body = body_of(connection, &mut peer, 50, &response).await;
            assert_eq!(matches!(body, OpenBody::Chunked(..)), is_let_go, "{response} {buffered}");
            assert_eq!(text(&mut body).await, "hello");
        }
    }

    #[tokio::test]
    async fn a_connection_is_used_again_unless_one_side_ends_it() {
        for (response, is_usable) in [
            (format!("{OK}{CHUNKED}"), true),
            (format!("{OK}Connection: close\r\n{CHUNKED}"), false),
            (format!("{OK}{CHUNKED}more"), false),
            (format!("HTTP/1.0 200 OK\r\n{CHUNKED}"), false),
        ] {
            let (mut connection, mut peer) = connection(8192).await;
            for _ in 0..3 {
                let mut body = body_of(connection, &mut peer, 1000, &response).await;
                assert_eq!(text(&mut body).await, "hello");
                connection = Box::new(body).into_connection().await.unwrap();
                assert_eq!(connection.begin_idle(), is_usable, "{response}");
                if !is_usable {
                    break;
                }
                // The rest of the request.
                let sent = peer.read(&mut [0; 1000]).await.unwrap();
                assert!((1..500).contains(&sent));
            }
        }
    }

    #[tokio::test]
    async fn a_response_that_cannot_have_a_body_has_none() {
        let (mut connection, mut peer) = connection(8192).await;
        let empty = "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (response, expected) in [(empty, ""), (&format!("{OK}{CHUNKED}"), "hello")] {
            let mut body = body_of(connection, &mut peer, 1000, response).await;
            assert_eq!(matches!(body, OpenBody::Chunked(..)), !expected.is_empty());
            assert_eq!(text(&mut body).await, expected);
            connection = Box::new(body).into_connection().await.unwrap();
            assert!(connection.begin_idle());
            // The rest of the request.
            assert!(peer.read(&mut [0; 1000]).await.unwrap() < 500);
        }
    }
}
