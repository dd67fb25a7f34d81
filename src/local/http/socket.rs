//! The socket of one connection. It counts its bytes, and a fault switch can break it.

use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::activity::Activity;
use super::fault_switch::FaultSwitch;
use crate::local::counters::Counters;

/// The socket as hyper (or rustls) sees it.
pub(crate) struct ServerSocket {
    socket: TcpStream,
    fault_switch: FaultSwitch,
    counters: Arc<Counters>,
    activity: Arc<Activity>,
    half_closed: bool,
}

impl ServerSocket {
    pub(crate) fn new(
        socket: TcpStream,
        fault_switch: FaultSwitch,
        counters: Arc<Counters>,
        activity: Arc<Activity>,
    ) -> ServerSocket {
        counters.connection_opened();
        ServerSocket { socket, fault_switch, counters, activity, half_closed: false }
    }

    /// The error of every read and write after a reset.
    fn reset_error(&self) -> Option<io::Error> {
        if !self.fault_switch.is_reset() {
            return None;
        }
        let _ = self.socket.set_zero_linger();
        Some(io::ErrorKind::ConnectionReset.into())
    }

    /// Whether a half-close is in effect; shuts the sending direction down the first time.
    fn is_half_closed(&mut self, context: &mut Context<'_>) -> bool {
        if !self.fault_switch.is_half_closed() {
            return false;
        }
        if !self.half_closed {
            self.half_closed = Pin::new(&mut self.socket).poll_shutdown(context).is_ready();
        }
        true
    }
}

impl Drop for ServerSocket {
    fn drop(&mut self) {
        if self.reset_error().is_none() {
            // A forked process may have a copy of the descriptor, so closing ours is not enough.
            let _ = SockRef::from(&self.socket).shutdown(Shutdown::Both);
        }
        self.counters.connection_closed();
    }
}

impl AsyncRead for ServerSocket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.fault_switch.register_reader(context);
        if let Some(error) = this.reset_error() {
            return Poll::Ready(Err(error));
        }
        this.is_half_closed(context);
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut this.socket).poll_read(context, buffer);
        this.counters.received(buffer.filled().len().saturating_sub(before));
        outcome
    }
}

impl AsyncWrite for ServerSocket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(error) = this.reset_error() {
            return Poll::Ready(Err(error));
        }
        if this.is_half_closed(context) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        let outcome = Pin::new(&mut this.socket).poll_write_vectored(context, slices);
        this.activity.set_blocked(outcome.is_pending());
        if let Poll::Ready(Ok(sent)) = &outcome {
            this.counters.sent(*sent);
        }
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.is_half_closed(context);
        Pin::new(&mut this.socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match this.reset_error() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut this.socket).poll_shutdown(context),
        }
    }
}
