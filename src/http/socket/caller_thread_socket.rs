//! A non-blocking socket for the executor on the caller's thread.

use std::future::poll_fn;
use std::io::{self, Read as _};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::task::{Poll, ready};

use rustix::io::Errno;
use socket2::{Domain, Protocol, SockAddr, Type};
use tokio::io::ReadBuf;

use crate::runtime::caller_thread::{self, Interest};

/// The maximum number of bytes of one read. The destination of a large read is zeroed first, so a
/// read into the whole of a large buffer would zero bytes that it does not need.
const MAX_READ: usize = 64 << 10;
/// A smaller read goes to the stack first: copying what has arrived costs less than zeroing.
const SMALL_READ: usize = 16 << 10;

/// A non-blocking socket that [`caller_thread`] waits for.
pub struct CallerThreadSocket {
    stream: Arc<TcpStream>,
    /// The last read emptied the receive buffer. Another read is useless before poll(2) reports data.
    is_drained: bool,
}

impl CallerThreadSocket {
    pub(super) async fn connect(address: SocketAddr) -> io::Result<Self> {
        let socket =
            socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        let connecting = socket.connect(&SockAddr::from(address));
        let stream = Arc::new(TcpStream::from(socket));
        match connecting {
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
        Ok(CallerThreadSocket { stream, is_drained: false })
    }

    pub(super) fn stream(&self) -> &Arc<TcpStream> {
        &self.stream
    }

    pub(super) fn poll_read(&mut self, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.is_drained && !caller_thread::take_ready(&self.stream, Interest::Readable) {
            caller_thread::wait_for(&self.stream, Interest::Readable);
            return Poll::Pending;
        }
        let requested = buffer.remaining().min(MAX_READ);
        let read = if requested <= SMALL_READ {
            self.poll_small_read(buffer, requested)
        } else {
            let unfilled = buffer.initialize_unfilled_to(requested);
            let read = self.attempt(Interest::Readable, |mut stream| stream.read(unfilled));
            read.map_ok(|read| {
                buffer.advance(read);
                read
            })
        };
        let read = ready!(read)?;
        // At the end of the stream, every read returns 0 at once and need not wait.
        self.is_drained = read > 0 && read < requested;
        Poll::Ready(Ok(()))
    }

    fn poll_small_read(
        &mut self,
        buffer: &mut ReadBuf<'_>,
        requested: usize,
    ) -> Poll<io::Result<usize>> {
        let mut bytes = [MaybeUninit::uninit(); SMALL_READ];
        let (bytes, _) = bytes.split_at_mut(requested.min(SMALL_READ));
        self.attempt(Interest::Readable, |stream| {
            let (read, _) = rustix::io::read(stream, &mut *bytes)?;
            buffer.put_slice(read);
            Ok(read.len())
        })
    }

    /// Calls `work`, and repeats the call if a signal interrupted it. If the socket is not ready,
    /// registers it for `interest`.
    pub(super) fn attempt<T>(
        &mut self,
        interest: Interest,
        mut work: impl FnMut(&TcpStream) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match work(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.is_drained |= interest == Interest::Readable;
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
