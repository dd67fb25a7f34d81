//! What has happened on a connection since its last request began: when a byte last moved, whether
//! the peer has sent anything, and whether the peer still reads the request.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::head_repair::HeadRepairs;
use crate::runtime::timer;

/// The activity on one connection. The watched stream updates it; the HTTP exchange reads it.
pub struct StreamActivity {
    created: Instant,
    /// Microseconds after `created` when a byte last moved in either direction.
    last_moved: AtomicU64,
    has_received: AtomicBool,
    /// The peer no longer reads the request.
    write_failed: AtomicBool,
    /// Whether everything that was to be sent so far has been sent.
    is_flushed: AtomicBool,
    /// Whether a body in chunks was held back from hyper.
    held_chunks: AtomicBool,
    /// Whether hyper reads the body even if it is in chunks.
    passes_chunks: AtomicBool,
    renamed_transfer_encoding: AtomicBool,
    raised_version: AtomicBool,
}

impl Default for StreamActivity {
    fn default() -> Self {
        StreamActivity {
            created: Instant::now(),
            last_moved: AtomicU64::new(0),
            has_received: AtomicBool::new(false),
            write_failed: AtomicBool::new(false),
            is_flushed: AtomicBool::new(false),
            held_chunks: AtomicBool::new(false),
            passes_chunks: AtomicBool::new(false),
            renamed_transfer_encoding: AtomicBool::new(false),
            raised_version: AtomicBool::new(false),
        }
    }
}

impl StreamActivity {
    /// Notes that another request begins.
    pub fn begin_request(&self) {
        self.has_received.store(false, Ordering::Relaxed);
        self.is_flushed.store(false, Ordering::Relaxed);
        self.held_chunks.store(false, Ordering::Relaxed);
        self.passes_chunks.store(false, Ordering::Relaxed);
        self.note_bytes_moved();
    }

    /// Whether the peer has sent a byte.
    pub fn has_received(&self) -> bool {
        self.has_received.load(Ordering::Relaxed)
    }

    /// Notes that bytes have arrived. Returns true for the first bytes of a response.
    pub(super) fn note_bytes_received(&self) -> bool {
        self.note_bytes_moved();
        !self.has_received.swap(true, Ordering::Relaxed)
    }

    pub(super) fn note_bytes_moved(&self) {
        let since = self.created.elapsed().as_micros();
        self.last_moved.store(u64::try_from(since).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Whether the peer has closed the connection while the request was being sent.
    pub(super) fn write_failed(&self) -> bool {
        self.write_failed.load(Ordering::Relaxed)
    }

    pub(super) fn note_write_failed(&self) {
        self.write_failed.store(true, Ordering::Relaxed);
    }

    /// Whether the whole request has been sent, or as much of it as the peer reads. hyper flushes the
    /// stream when it has no more bytes to send, and has the whole request when it begins.
    pub(super) fn is_flushed(&self) -> bool {
        self.is_flushed.load(Ordering::Relaxed)
    }

    pub(super) fn note_flushed(&self, is_flushed: bool) {
        self.is_flushed.store(is_flushed, Ordering::Relaxed);
    }

    /// Whether a body in chunks waits for a reader: hyper has seen the head alone.
    pub(super) fn held_chunks(&self) -> bool {
        self.held_chunks.load(Ordering::Relaxed)
    }

    pub(super) fn note_held_chunks(&self) {
        self.held_chunks.store(true, Ordering::Relaxed);
    }

    pub(super) fn passes_chunks(&self) -> bool {
        self.passes_chunks.load(Ordering::Relaxed)
    }

    /// Lets hyper read the body of this response.
    pub(super) fn pass_chunks(&self) {
        self.passes_chunks.store(true, Ordering::Relaxed);
    }

    /// What was repaired in the head of the last response.
    pub(super) fn head_repairs(&self) -> HeadRepairs {
        HeadRepairs {
            renamed_transfer_encoding: self.renamed_transfer_encoding.load(Ordering::Relaxed),
            raised_version: self.raised_version.load(Ordering::Relaxed),
        }
    }

    pub(super) fn note_head_repairs(&self, repairs: HeadRepairs) {
        let HeadRepairs { renamed_transfer_encoding, raised_version } = repairs;
        self.renamed_transfer_encoding.store(renamed_transfer_encoding, Ordering::Relaxed);
        self.raised_version.store(raised_version, Ordering::Relaxed);
    }

    /// How long no byte has moved in either direction.
    pub fn inactive_for(&self) -> Duration {
        self.last_moved().elapsed()
    }

    /// The future's output, or `None` once no byte has moved for `limit`. A request that is still
    /// being sent counts as activity, and so does a response head that arrives slowly.
    pub async fn inactivity_timeout<T>(
        &self,
        limit: Duration,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        let mut future = pin!(future);
        loop {
            let moved = self.last_moved();
            // If the clock cannot express the end, there is no limit.
            let end = moved.checked_add(limit);
            if let Some(output) = timer::timeout_at(end, future.as_mut()).await {
                return Some(output);
            }
            if self.last_moved() == moved {
                return None;
            }
        }
    }

    fn last_moved(&self) -> Instant {
        self.created + Duration::from_micros(self.last_moved.load(Ordering::Relaxed))
    }
}
