//! A TCP connection, for code that runs on a caller's thread as well as on the tokio runtime.

use std::future::poll_fn;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::io::Errno;
use socket2::{Domain, Protocol, SockAddr, SockRef, TcpKeepalive, Type};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::caller_thread::{self, Interest};

/// From then on the kernel asks a silent peer whether it is still there, and how often. NAT
/// gateways and firewalls forget silent connections after 350 s or less, while a model may think
/// for longer than that.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(45);
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);

/// Bytes of one read. What is read into is zeroed first, so a larger buffer is not used whole.
const MAX_READ: usize = 64 << 10;

/// A connected socket. Dropping it ends the connection, whoever else holds the descriptor: an
/// aborted request would otherwise run on, billed, for as long as a forked child has a copy.
pub enum Socket {
    /// Watched by the tokio runtime's I/O driver.
    Runtime(tokio::net::TcpStream),
    /// Watched by the thread that uses it.
    CallerThread(Direct),
}

/// A non-blocking socket that [`caller_thread`] waits for.
pub struct Direct {
    stream: Arc<TcpStream>,
    /// The last read emptied the receive buffer: trying again is of no use before poll(2) says so.
    drained: bool,
}

/// Ends the connection of a body that another thread may be reading.
#[derive(Clone)]
pub struct AbortHandle(Arc<Mutex<Option<Arc<TcpStream>>>>);

impl AbortHandle {
    pub fn new(stream: Arc<TcpStream>) -> Self {
        AbortHandle(Arc::new(Mutex::new(Some(stream))))
    }

    /// Ends the connection, unless it was disarmed. Whoever reads from it is woken.
    pub fn abort(&self) {
        if let Some(stream) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            // Fails where the peer has ended the connection before.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// The connection is about to serve something else.
    pub fn disarm(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Socket {
    /// Opens a connection to the address. `keepalive`: whether the kernel watches over it.
    pub async fn connect(address: SocketAddr, keepalive: bool) -> io::Result<Socket> {
        let socket = if caller_thread::is_current() {
            Socket::CallerThread(Direct::connect(address).await?)
        } else {
            Socket::Runtime(tokio::net::TcpStream::connect(address).await?)
        };
        socket.options().set_tcp_nodelay(true)?;
        if keepalive {
            let timing = TcpKeepalive::new().with_time(KEEPALIVE_AFTER);
            socket.options().set_tcp_keepalive(&timing.with_interval(KEEPALIVE_EVERY))?;
        }
        Ok(socket)
    }

    /// The socket itself, where a caller's thread waits for it.
    pub fn direct(&self) -> Option<Arc<TcpStream>> {
        match self {
            Socket::Runtime(_) => None,
            Socket::CallerThread(direct) => Some(direct.stream.clone()),
        }
    }

    fn options(&self) -> SockRef<'_> {
        match self {
            Socket::Runtime(stream) => SockRef::from(stream),
            Socket::CallerThread(direct) => SockRef::from(&*direct.stream),
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Fails where the peer has ended the connection before.
        let _ = self.options().shutdown(Shutdown::Both);
    }
}

impl Direct {
    async fn connect(address: SocketAddr) -> io::Result<Self> {
        let socket =
            socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        let begun = socket.connect(&SockAddr::from(address));
        let stream = Arc::new(TcpStream::from(socket));
        match begun {
            Ok(()) => {}
            Err(error) if is_in_progress(&error) => {
                poll_fn(|_| {
                    if caller_thread::take_ready(&stream, Interest::Writable) {
                        return Poll::Ready(());
                    }
                    caller_thread::wait_for(&stream, Interest::Writable);
                    Poll::Pending
                })
                .await;
                stream.take_error()?.map_or(Ok(()), Err)?;
            }
            Err(error) => return Err(error),
        }
        Ok(Direct { stream, drained: false })
    }

    fn poll_read(&mut self, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.drained && !caller_thread::take_ready(&self.stream, Interest::Readable) {
            caller_thread::wait_for(&self.stream, Interest::Readable);
            return Poll::Pending;
        }
        let unfilled = buffer.initialize_unfilled_to(buffer.remaining().min(MAX_READ));
        let asked = unfilled.len();
        let read = ready!(self.attempt(Interest::Readable, |mut stream| stream.read(unfilled)))?;
        // At the end of the stream nothing more comes, which every read may find out anew.
        self.drained = read > 0 && read < asked;
        buffer.advance(read);
        Poll::Ready(Ok(()))
    }

    /// Does the work, again where a signal interrupted it, or waits until the socket is ready.
    fn attempt<T>(
        &mut self,
        interest: Interest,
        mut work: impl FnMut(&TcpStream) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match work(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.drained |= interest == Interest::Readable;
                    caller_thread::wait_for(&self.stream, interest);
                    return Poll::Pending;
                }
                outcome => return Poll::Ready(outcome),
            }
        }
    }
}

fn is_in_progress(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error())
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Socket::Runtime(stream) => Pin::new(stream).poll_read(context, buffer),
            Socket::CallerThread(direct) => direct.poll_read(buffer),
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
            Socket::CallerThread(direct) => {
                direct.attempt(Interest::Writable, |mut stream| stream.write(bytes))
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(())) // A TCP socket has no buffer of its own to flush.
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
            Socket::CallerThread(direct) => {
                direct.attempt(Interest::Writable, |mut stream| stream.write_vectored(slices))
            }
        }
    }
}
