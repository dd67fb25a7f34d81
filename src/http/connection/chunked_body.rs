//! A response body in chunks, as event streams have it. It is read without hyper.
//!
//! While a body is open, hyper keeps 26 KB for its connection: a read buffer, a write buffer, and a
//! channel for 32 requests. A stream may be open for minutes and is idle for most of them, so a body
//! that waits has no buffer here.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};

use super::chunk_decoder::ChunkDecoder;
use super::watched_stream::WatchedStream;

/// How much a body that has waited reads, into a buffer on the stack, from which it is copied. Threads
/// of Python may have small stacks.
const READ: usize = 4 * 1024;
/// How much a body reads that had more than that, into a buffer that its data will be part of.
const LARGE_READ: usize = 64 * 1024;

/// Why a body ended too early.
pub struct BodyError {
    pub text: String,
    /// Whether the peer closed the connection properly, but before the end of the body.
    pub is_early_end: bool,
}

/// A body and its connection.
pub struct ChunkedBody {
    stream: WatchedStream,
    decoder: ChunkDecoder,
    /// What has arrived and is not decoded.
    arrived: BytesMut,
    /// Whether the last read had so much that there may be more.
    has_more: bool,
    is_last: bool,
}

impl ChunkedBody {
    /// `is_last`: whether the connection ends with this response.
    pub fn new(mut stream: WatchedStream, is_last: bool) -> Self {
        let arrived = BytesMut::from(&stream.take_chunks()[..]);
        let decoder = ChunkDecoder::default();
        ChunkedBody { stream, decoder, arrived, has_more: false, is_last }
    }

    /// The next data of the body; `Ready(None)` at its end.
    pub fn poll_data(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            match self.decoder.next(&mut self.arrived) {
                Ok(None) if self.decoder.has_ended() => return Poll::Ready(None),
                Ok(None) => {}
                Ok(Some(data)) => return Poll::Ready(Some(Ok(data))),
                Err(text) => return Poll::Ready(Some(Err(BodyError::invalid(text)))),
            }
            match ready!(self.poll_read(context)) {
                Ok(0) => return Poll::Ready(Some(Err(BodyError::early_end()))),
                Ok(_) => {}
                Err(error) => return Poll::Ready(Some(Err(BodyError::from_io(&error)))),
            }
        }
    }

    /// Reads what has arrived, when all of it before is decoded. Returns the number of bytes.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // Though empty, it keeps the bytes that were decoded.
        self.arrived = BytesMut::new();
        if std::mem::take(&mut self.has_more) {
            let mut arrived = BytesMut::with_capacity(LARGE_READ);
            ready!(pin!(self.stream.read_buf(&mut arrived)).poll(context))?;
            self.arrived = arrived;
        } else {
            let mut space = [MaybeUninit::uninit(); READ];
            let mut buffer = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
            self.arrived = BytesMut::from(buffer.filled());
        }
        self.has_more = self.arrived.len() >= READ;
        Poll::Ready(Ok(self.arrived.len()))
    }

    /// The stream, and whether it ends with this body.
    pub fn into_stream(self) -> (WatchedStream, bool) {
        // What follows a body does not belong to the next one.
        (self.stream, self.is_last || !self.arrived.is_empty())
    }
}

impl BodyError {
    fn early_end() -> Self {
        let text = "the connection was closed before the end of the response".to_owned();
        BodyError { text, is_early_end: true }
    }

    fn from_io(error: &io::Error) -> Self {
        let is_early_end = error.kind() == ErrorKind::UnexpectedEof;
        BodyError { text: error.to_string(), is_early_end }
    }

    fn invalid(text: &'static str) -> Self {
        BodyError { text: text.to_owned(), is_early_end: false }
    }
}
