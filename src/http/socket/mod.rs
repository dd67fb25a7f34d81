//! A TCP socket that works on a caller's thread as well as on the tokio runtime.

mod abort;
mod caller_thread_socket;

use std::io::{self, IoSlice, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::runtime::caller_thread::{self, Interest};
pub use abort::AbortHandle;
use caller_thread_socket::CallerThreadSocket;

/// After this time without traffic, the kernel starts to ask the peer whether it is still there, and
/// asks again at this interval. NAT gateways and firewalls forget silent connections after 350 s or
/// less, and a model may need longer than that for its response.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(45);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// A connected socket. Dropping it ends the connection even if another process has a copy of the
/// descriptor. Otherwise an aborted request would go on, and be billed, while a forked child has a
/// copy.
pub enum Socket {
    /// The tokio runtime's I/O driver waits for it.
    Runtime(tokio::net::TcpStream),
    /// The thread that uses it waits for it.
    CallerThread(CallerThreadSocket),
}

impl Socket {
    /// Connects to `address`. `keepalive`: whether the kernel probes a silent peer.
    pub async fn connect(address: SocketAddr, keepalive: bool) -> io::Result<Socket> {
        let socket = if caller_thread::is_current() {
            Socket::CallerThread(CallerThreadSocket::connect(address).await?)
        } else {
            Socket::Runtime(tokio::net::TcpStream::connect(address).await?)
        };
        socket.options().set_tcp_nodelay(true)?;
        if keepalive {
            let timing = TcpKeepalive::new().with_time(KEEPALIVE_AFTER);
            socket.options().set_tcp_keepalive(&timing.with_interval(KEEPALIVE_INTERVAL))?;
        }
        Ok(socket)
    }

    /// The socket, if a caller's thread waits for it.
    pub fn caller_thread_socket(&self) -> Option<Arc<TcpStream>> {
        match self {
            Socket::Runtime(_) => None,
            Socket::CallerThread(socket) => Some(socket.stream().clone()),
        }
    }

    fn options(&self) -> SockRef<'_> {
        match self {
            Socket::Runtime(stream) => SockRef::from(stream),
            Socket::CallerThread(socket) => SockRef::from(&**socket.stream()),
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Fails if the peer has already ended the connection.
        let _ = self.options().shutdown(Shutdown::Both);
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Runtime(stream) => Pin::new(stream).poll_read(context, buffer),
            Socket::CallerThread(socket) => socket.poll_read(buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Socket::Runtime(stream) => Pin::new(stream).poll_write(context, bytes),
            Socket::CallerThread(socket) => {
                socket.attempt(Interest::Writable, |mut stream| stream.write(bytes))
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(())) // A TCP socket has no user-space buffer to flush.
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.options().shutdown(Shutdown::Write))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Socket::Runtime(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Socket::CallerThread(socket) => {
                socket.attempt(Interest::Writable, |mut stream| stream.write_vectored(slices))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;
    use std::thread;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::error::{Error, Kind};

    /// Runs the future on this thread. Fails after about 100 ms of waiting.
    fn run_briefly<T>(future: impl Future<Output = T>) -> Result<T, Error> {
        caller_thread::run(async { Ok(future.await) }, || Err(Error::new(Kind::NoCredentials)))
    }

    fn connected() -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connecting = Socket::connect(listener.local_addr().unwrap(), true);
        let socket = run_briefly(connecting).unwrap().unwrap();
        (socket, listener.accept().unwrap().0)
    }

    #[test]
    fn bytes_go_both_ways_in_chunks_of_any_size() {
        let (mut socket, mut peer) = connected();
        let echo = thread::spawn(move || {
            let mut bytes = vec![0; 3 << 20];
            peer.read_exact(&mut bytes).unwrap();
            bytes.chunks(70_000).for_each(|chunk| peer.write_all(chunk).unwrap());
        });
        let sent: Vec<u8> = (0..3 << 20).map(|number| (number % 251) as u8).collect();
        let mut back = vec![0; sent.len()];
        let keep_waiting = || Ok::<(), Error>(());
        let both = async {
            socket.write_all(&sent).await.unwrap();
            socket.read_exact(&mut back).await.unwrap();
            Ok(())
        };
        caller_thread::run(both, keep_waiting).unwrap();
        assert!(sent == back);
        echo.join().unwrap();
    }

    #[test]
    fn a_refused_connection_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let refused = run_briefly(Socket::connect(address, true)).unwrap();
        assert_eq!(refused.err().unwrap().kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn an_abort_ends_the_wait_of_a_reading_thread() {
        let (mut socket, _peer) = connected();
        let abort_handle = AbortHandle::new(socket.caller_thread_socket().unwrap());
        let aborting = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            abort_handle.abort();
        });
        assert_eq!(run_briefly(socket.read(&mut [0; 8])).unwrap().unwrap(), 0);
        aborting.join().unwrap();
    }

    #[test]
    fn a_disarmed_handle_does_nothing() {
        let (mut socket, mut peer) = connected();
        let abort_handle = AbortHandle::new(socket.caller_thread_socket().unwrap());
        abort_handle.disarm();
        abort_handle.abort();
        peer.write_all(b"on").unwrap();
        let mut bytes = [0; 2];
        assert_eq!(run_briefly(socket.read(&mut bytes)).unwrap().unwrap(), 2);
    }
}
