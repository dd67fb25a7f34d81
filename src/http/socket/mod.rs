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

use crate::runtime::caller_thread::{self, Interest};

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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::error::{Error, Kind};

    /// Runs the future on this thread. It fails after about 100 ms of waiting.
    fn without_a_check<T>(future: impl Future<Output = T>) -> Result<T, Error> {
        caller_thread::run(async { Ok(future.await) }, || Err(Error::new(Kind::NoCredentials)))
    }

    fn connected() -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connecting = Socket::connect(listener.local_addr().unwrap(), true);
        let socket = without_a_check(connecting).unwrap().unwrap();
        (socket, listener.accept().unwrap().0)
    }

    #[test]
    fn bytes_go_both_ways_in_any_pieces() {
        let (mut socket, mut peer) = connected();
        let echo = thread::spawn(move || {
            let mut bytes = vec![0; 3 << 20];
            peer.read_exact(&mut bytes).unwrap();
            bytes.chunks(70_000).for_each(|piece| peer.write_all(piece).unwrap());
        });
        let sent: Vec<u8> = (0..3 << 20).map(|number| (number % 251) as u8).collect();
        let mut back = vec![0; sent.len()];
        let never_stop = || Ok::<(), Error>(());
        let both = async {
            socket.write_all(&sent).await.unwrap();
            socket.read_exact(&mut back).await.unwrap();
            Ok(())
        };
        caller_thread::run(both, never_stop).unwrap();
        assert!(sent == back);
        echo.join().unwrap();
    }

    #[test]
    fn a_refused_connection_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let refused = without_a_check(Socket::connect(address, true)).unwrap();
        assert_eq!(refused.err().unwrap().kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn an_abort_ends_the_wait_of_a_thread_that_reads() {
        let (mut socket, _peer) = connected();
        let abort_handle = AbortHandle::new(socket.direct().unwrap());
        let aborting = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            abort_handle.abort();
        });
        assert_eq!(without_a_check(socket.read(&mut [0; 8])).unwrap().unwrap(), 0);
        aborting.join().unwrap();
    }

    #[test]
    fn a_disarmed_handle_aborts_nothing() {
        let (mut socket, mut peer) = connected();
        let abort_handle = AbortHandle::new(socket.direct().unwrap());
        abort_handle.disarm();
        abort_handle.abort();
        peer.write_all(b"on").unwrap();
        let mut bytes = [0; 2];
        assert_eq!(without_a_check(socket.read(&mut bytes)).unwrap().unwrap(), 2);
    }
}
