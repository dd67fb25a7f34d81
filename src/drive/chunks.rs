//! The body of an asynchronous response: a task of the runtime reads it into a queue, from which
//! its consumer takes chunks on any thread.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::AbortOnDropHandle;

use crate::drive::close_signal::CloseSignal;
use crate::error::{Error, Kind};
use crate::event_stream::frames::{Frame, FrameSplitter, Frames};
use crate::http::body::Body;
use crate::runtime::bounded_queue::{BoundedQueue, QueueItem};
use crate::runtime::fork::ForkGuarded;
use crate::runtime::panics;
use crate::runtime::wake_batching::{LowLatencyGuard, OpenStream};

/// A body that is being read.
pub enum StreamingPayload {
    Frames(Chunks<Frames>),
    Bytes(Chunks<Bytes>),
}

/// What has arrived at once. A consumer takes its parts one by one, without a lock.
pub trait Chunk: QueueItem {
    type Part;

    fn next_part(&mut self) -> Option<Self::Part>;
}

/// A part, the error that ended the body, or `None` at its end.
pub type Polled<T> = Poll<Option<Result<T, Error>>>;

/// The chunks of a body in order, then its end or the error that ended it. Dropping this aborts the
/// request.
pub struct Chunks<T>(ForkGuarded<Reading<T>>);

struct Reading<T> {
    queue: Arc<BoundedQueue<T>>,
    /// The chunk whose parts are being taken.
    current: Option<T>,
    task: AbortOnDropHandle<()>,
}

impl QueueItem for Bytes {
    fn byte_size(&self) -> usize {
        self.len()
    }
}

impl Chunk for Bytes {
    type Part = Bytes;

    fn next_part(&mut self) -> Option<Bytes> {
        (!self.is_empty()).then(|| std::mem::take(self))
    }
}

impl Chunk for Frames {
    type Part = Frame;

    fn next_part(&mut self) -> Option<Frame> {
        self.next()
    }
}

impl<T: Chunk + Send + 'static> Chunks<T> {
    /// Starts a task in which `read` fills a queue. The task holds the permit of the call until the
    /// task ends.
    fn read<F>(
        close_signal: CloseSignal,
        permit: Option<OwnedSemaphorePermit>,
        read: impl FnOnce(Arc<BoundedQueue<T>>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let queue = BoundedQueue::new();
        let filled = EndedOnDrop(queue.clone());
        let task = tokio::spawn(async move {
            let _permit = permit;
            let work = pin!(read(filled.0.clone()));
            filled.0.end(close_signal.unless_closed(work).await);
        });
        let task = AbortOnDropHandle::new(task);
        Chunks(ForkGuarded::new(Reading { queue, current: None, task }))
    }
}

impl<T: Chunk> Chunks<T> {
    /// The next part of a chunk; `Ready(None)` at the end, and after the error that ended the body. If
    /// nothing has arrived, `waker` is woken once something has.
    pub fn poll(&mut self, waker: impl Fn() -> Waker) -> Polled<T::Part> {
        let Some(Reading { queue, current, .. }) = self.0.get_mut() else {
            return Poll::Ready(Some(Err(forked())));
        };
        loop {
            if let Some(part) = current.as_mut().and_then(T::next_part) {
                return Poll::Ready(Some(Ok(part)));
            }
            match ready!(queue.poll(&mut Context::from_waker(&waker()))) {
                Some(Ok(chunk)) => *current = Some(chunk),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// Aborts the request. Chunks that have arrived can still be taken; an error follows them.
    pub fn abort(&mut self) {
        if let Some(Reading { queue, task, .. }) = self.0.get_mut() {
            // This precedes the abort, because the aborted task ends the queue with another error.
            let error = "its reader was cancelled".to_owned();
            queue.end(Err(Error::new(Kind::ResponseStreaming { error })));
            task.abort();
        }
    }

    /// Aborts the request and wakes a consumer that waits for a chunk.
    pub fn close(self) {
        if let Some(Reading { queue, task, .. }) = self.0.into_inner() {
            queue.end(Ok(()));
            drop(task);
        }
    }
}

impl StreamingPayload {
    pub fn frames(
        body: Body,
        close_signal: CloseSignal,
        permit: Option<OwnedSemaphorePermit>,
        stream: OpenStream,
    ) -> Self {
        let read = |queue| read_frames(body, queue, stream);
        StreamingPayload::Frames(Chunks::read(close_signal, permit, read))
    }

    pub fn bytes(
        body: Body,
        close_signal: CloseSignal,
        permit: Option<OwnedSemaphorePermit>,
        low_latency: LowLatencyGuard,
    ) -> Self {
        let read = |queue| read_bytes(body, queue, low_latency);
        StreamingPayload::Bytes(Chunks::read(close_signal, permit, read))
    }
}

/// The error in a forked child: the call belongs to the parent process.
pub fn forked() -> Error {
    let error = "the call belongs to the process that was forked".to_owned();
    Error::new(Kind::ResponseStreaming { error })
}

/// Ends the queue together with the task that fills it, so that no consumer waits forever.
struct EndedOnDrop<T: QueueItem>(Arc<BoundedQueue<T>>);

impl<T: QueueItem> Drop for EndedOnDrop<T> {
    fn drop(&mut self) {
        self.0.end(Err(panics::shut_down()));
    }
}

/// Consumers wait for the whole of such a body, so low latency is requested until the body ends. If
/// the body is never read to its end, low latency is requested for as long as the body exists.
async fn read_bytes(
    mut body: Body,
    queue: Arc<BoundedQueue<Bytes>>,
    _low_latency: LowLatencyGuard,
) -> Result<(), Error> {
    loop {
        queue.wait_for_capacity().await;
        let Some(chunk) = body.chunk().await? else { return Ok(()) };
        queue.push(chunk);
    }
}

async fn read_frames(
    mut body: Body,
    queue: Arc<BoundedQueue<Frames>>,
    stream: OpenStream,
) -> Result<(), Error> {
    let mut splitter = FrameSplitter::default();
    let mut capacity = 0;
    loop {
        if capacity == 0 {
            // The socket may have more data, which is read as soon as the queue can take it.
            let _low_latency = stream.low_latency();
            capacity = queue.wait_for_capacity().await;
        }
        if let Some(frames) = splitter.next_frames(capacity)? {
            capacity = queue.push(frames);
            continue;
        }
        match body.chunk().await? {
            Some(chunk) => {
                stream.note_chunk();
                splitter.push(chunk);
            }
            None => return splitter.unfinished().map_or(Ok(()), Err),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    fn close_signal() -> CloseSignal {
        CloseSignal::new("http://localhost")
    }

    async fn next(chunks: &mut Chunks<Bytes>) -> Option<Result<Bytes, Error>> {
        tokio::time::timeout(
            Duration::from_secs(5),
            poll_fn(|context| chunks.poll(|| context.waker().clone())),
        )
        .await
        .expect("a waiting consumer is woken")
    }

    async fn push_and_wait(queue: Arc<BoundedQueue<Bytes>>) {
        queue.push(Bytes::from_static(b"chunk"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    #[tokio::test]
    async fn a_consumer_sees_a_panic_after_the_chunks_before_it() {
        let mut chunks = Chunks::read(close_signal(), None, |queue| async {
            push_and_wait(queue).await;
            if true {
                panic!("in the middle");
            }
            Ok(())
        });
        assert_eq!(next(&mut chunks).await.unwrap().unwrap(), "chunk");
        let error = next(&mut chunks).await.unwrap().unwrap_err().to_string();
        assert!(error.contains("bug") && error.contains("in the middle"), "{error}");
        assert!(next(&mut chunks).await.is_none());
    }

    #[test]
    fn a_consumer_sees_that_the_runtime_shuts_down() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let mut chunks = runtime.block_on(async {
            Chunks::read(close_signal(), None, |queue| async {
                push_and_wait(queue).await;
                std::future::pending().await
            })
        });
        drop(runtime);
        let reader = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        reader.block_on(async {
            let mut next = next(&mut chunks).await;
            if let Some(Ok(_)) = next {
                next = self::next(&mut chunks).await;
            }
            let error = next.unwrap().unwrap_err().to_string();
            assert!(error.contains("shut down") && !error.contains("bug"), "{error}");
        });
    }

    #[tokio::test]
    async fn a_consumer_gets_an_error_after_its_abort() {
        let mut chunks = Chunks::read(close_signal(), None, |_| std::future::pending());
        chunks.abort();
        tokio::time::sleep(Duration::from_millis(20)).await;
        let error = next(&mut chunks).await.unwrap().unwrap_err().to_string();
        assert!(error.contains("cancelled"), "{error}");
    }
}
