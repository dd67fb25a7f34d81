//! Asynchronous calls: the attempt loop and the reading of bodies as tasks of the shared runtime.
//!
//! What they produce is plain Rust values, taken from futures and channels that any thread may
//! poll with any waker. Dropping the receiving end aborts the task, which closes its socket.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::call::transport::{Answer, Payload, Request, Transport};
use crate::credentials::Identity;
use crate::error::{Error, Kind};
use crate::event_stream::frames::{FrameSplitter, RawFrame};
use crate::http::body::Body;
use crate::http::connection::MAX_IDLE_TIME;
use crate::http::pool::{MAX_IDLE_ASYNC, Pool};
use crate::log;
use crate::runtime::bounded_queue::{BoundedQueue, ByteSize};
use crate::runtime::fork::{ForkGuarded, ForkGuardedMutex};
use crate::runtime::panics;
use crate::runtime::shared;
use crate::runtime::wake_batching::{LowLatencyGuard, OpenStream};

/// The asynchronous side of a client.
pub struct Background {
    transport: Arc<Transport>,
    max_concurrency: Option<usize>,
    /// Made by the first call, also by the first after a close.
    shared: ForkGuardedMutex<Option<Shared>>,
}

/// What calls share. Not with a parent's: those who hold its turns do not exist in a fork.
#[derive(Clone)]
struct Shared {
    pool: Arc<Pool>,
    /// `max_concurrency=`: calls and streams beyond it wait their turn.
    limit: Option<Arc<Semaphore>>,
    closing: Closing,
}

/// Ends what is in flight when the client is closed.
#[derive(Clone)]
struct Closing {
    token: CancellationToken,
    endpoint_url: Arc<str>,
}

/// A call in flight: a future of what it comes to. Dropping it aborts the request.
pub struct Flight(ForkGuarded<AbortOnDropHandle<Landed>>);

/// What a call came to. It keeps its turn until it is dropped: if the next call had the turn as soon
/// as the answer is here, answers would pile up that the event loop has not handled, and it would
/// handle all of them at once.
pub struct Landed {
    pub outcome: Result<Answer<Arriving>, Error>,
    _turn: Option<OwnedSemaphorePermit>,
}

/// A body on its way: its pieces in order, then the end or the error that ended it.
pub enum Arriving {
    Frames(Pieces<RawFrame>),
    Bytes(Pieces<Bytes>),
}

/// The receiving end of a body. Dropping it aborts the request.
pub struct Pieces<T>(ForkGuarded<Pumped<T>>);

struct Pumped<T> {
    queue: Arc<BoundedQueue<T>>,
    pump: AbortOnDropHandle<()>,
}

impl ByteSize for Bytes {
    fn byte_size(&self) -> usize {
        self.len()
    }
}

impl Future for Flight {
    type Output = Landed;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let failed = |error| Landed { outcome: Err(error), _turn: None };
        let Some(task) = self.0.get_mut() else { return Poll::Ready(failed(forked())) };
        Pin::new(task)
            .poll(context)
            .map(|landed| landed.unwrap_or_else(|error| failed(panics::ended_early(error))))
    }
}

impl<T: ByteSize> Pieces<T> {
    /// The next piece; `Ready(None)` at the end, also after the error that was it.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        match self.0.get_mut() {
            Some(pumped) => pumped.queue.poll(context),
            None => Poll::Ready(Some(Err(forked()))),
        }
    }

    /// Aborts the request. What has come can still be taken; then comes an error.
    pub fn abort(&mut self) {
        if let Some(Pumped { queue, pump }) = self.0.get_mut() {
            // First: the task that is aborted ends the queue, too.
            let error = "its reader was cancelled".to_owned();
            queue.end(Err(Error::new(Kind::ResponseStreaming { error })));
            pump.abort();
        }
    }

    /// Aborts the request and wakes who waits for a piece.
    pub fn close(self) {
        if let Some(Pumped { queue, pump }) = self.0.into_inner() {
            queue.end(Ok(()));
            drop(pump);
        }
    }
}

fn forked() -> Error {
    let error = "the call belongs to the process that was forked".to_owned();
    Error::new(Kind::ResponseStreaming { error })
}

impl Background {
    pub fn new(transport: Arc<Transport>, max_concurrency: Option<usize>) -> Self {
        // A larger number would make tokio panic.
        let max_concurrency = max_concurrency.map(|limit| limit.min(Semaphore::MAX_PERMITS));
        Background { transport, max_concurrency, shared: ForkGuardedMutex::new() }
    }

    /// Starts the call on the runtime.
    pub fn call(&self, request: Request, external: Option<Identity>) -> Result<Flight, Error> {
        let transport = self.transport.clone();
        let (runtime, batching) = shared::runtime().map_err(|error| {
            Error::new(Kind::HttpClient { error: format!("no runtime for the call: {error}") })
        })?;
        let Shared { pool, limit, closing } = self.shared.with(|shared| {
            let new = || Shared::new(&transport, self.max_concurrency, &runtime);
            shared.get_or_insert_with(new).clone()
        });
        let turn = limit.map(Turn::queue_up);
        // A call in the queue has nothing on a socket yet.
        let is_queued = matches!(turn, Some(Turn::Waiting(_)));
        let low_latency = (!is_queued).then(|| batching.low_latency());
        let task = runtime.spawn(log::with_current_call(async move {
            let mut permit = None;
            let outcome = {
                // Pinned here: a future that is handed on by value takes its size anew each time.
                let answered = pin!(async {
                    permit = match turn {
                        Some(Turn::Taken(permit)) => permit,
                        Some(Turn::Waiting(permit)) => {
                            log::queued();
                            let since = log::now();
                            let permit = permit.await.ok();
                            log::dequeued(since);
                            permit
                        }
                        None => None,
                    };
                    let low_latency = low_latency.unwrap_or_else(|| batching.low_latency());
                    let answer = transport.call(&pool, &request, external.as_ref()).await?;
                    Ok((answer, low_latency))
                });
                closing.unless_closed(answered).await
            };
            let outcome = outcome.map(|(Answer { head, payload }, low_latency)| {
                let mut turn = || permit.take();
                let payload = match payload {
                    Payload::Whole(body) => Payload::Whole(body),
                    Payload::Streaming(body) => {
                        Payload::Streaming(if request.operation.output.event_stream().is_some() {
                            let stream = batching.open_stream();
                            let work = |out| pump_frames(body, out, stream);
                            Arriving::Frames(pump(closing, turn(), work))
                        } else {
                            let work = |out| pump_bytes(body, out, low_latency);
                            Arriving::Bytes(pump(closing, turn(), work))
                        })
                    }
                };
                Answer { head, payload }
            });
            Landed { outcome, _turn: permit }
        }));
        Ok(Flight(ForkGuarded::new(AbortOnDropHandle::new(task))))
    }

    /// Aborts what is in flight and closes idle connections. Later calls work as before.
    pub fn close(&self) {
        if let Some(Shared { pool, closing, .. }) = self.shared.with(Option::take) {
            closing.token.cancel();
            pool.clear();
        }
    }
}

/// A call's turn among those that `max_concurrency` lets through.
enum Turn {
    Taken(Option<OwnedSemaphorePermit>),
    Waiting(Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>> + Send>>),
}

impl Turn {
    /// Takes a place in the queue here and now: tasks start in another order than they are spawned.
    fn queue_up(limit: Arc<Semaphore>) -> Self {
        let mut turn = Box::pin(limit.acquire_owned());
        match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => Turn::Taken(turn.ok()),
            Poll::Pending => Turn::Waiting(turn),
        }
    }
}

impl Shared {
    fn new(transport: &Transport, max_concurrency: Option<usize>, runtime: &Handle) -> Self {
        let kept = transport.settings.max_idle_connections.unwrap_or(MAX_IDLE_ASYNC);
        let pool = Arc::new(Pool::new(kept));
        runtime.spawn(close_stale_connections(Arc::downgrade(&pool)));
        Shared {
            pool,
            limit: max_concurrency.map(|limit| Arc::new(Semaphore::new(limit))),
            closing: Closing {
                token: CancellationToken::new(),
                endpoint_url: Arc::from(transport.settings.endpoint.url.as_str()),
            },
        }
    }
}

/// Closes the idle connections that a past peak left behind, for as long as the pool exists.
async fn close_stale_connections(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(MAX_IDLE_TIME).await;
        match pool.upgrade() {
            Some(pool) => pool.close_stale(),
            None => return,
        }
    }
}

impl Closing {
    /// Does the work to its end, to its panic, or to the close of the client.
    async fn unless_closed<T>(
        &self,
        work: Pin<&mut impl Future<Output = Result<T, Error>>>,
    ) -> Result<T, Error> {
        tokio::select! {
            // Work that always has more to do, on a stream in a burst, would never look up.
            biased;
            () = self.token.cancelled() => Err(Error::new(Kind::ConnectionClosed {
                endpoint_url: self.endpoint_url.to_string(),
                error: "the client was closed".to_owned(),
                late: true,
            })),
            outcome = panics::caught_in(work) => outcome,
        }
    }
}

/// Fills a queue by `work` in a task of its own, which holds the call's `turn` until its end.
fn pump<T, F>(
    closing: Closing,
    turn: Option<OwnedSemaphorePermit>,
    work: impl FnOnce(Arc<BoundedQueue<T>>) -> F + Send + 'static,
) -> Pieces<T>
where
    T: ByteSize + Send + 'static,
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let queue = BoundedQueue::new();
    let filling = Filling(queue.clone());
    let task = tokio::spawn(async move {
        let _turn = turn;
        let work = pin!(work(filling.0.clone()));
        filling.0.end(closing.unless_closed(work).await);
    });
    Pieces(ForkGuarded::new(Pumped { queue, pump: AbortOnDropHandle::new(task) }))
}

/// A queue that a task fills. It ends with the task at the latest, so that nobody waits for more.
struct Filling<T: ByteSize>(Arc<BoundedQueue<T>>);

impl<T: ByteSize> Drop for Filling<T> {
    fn drop(&mut self) {
        self.0.end(Err(panics::shut_down()));
    }
}

/// A call waits for all of its body: one that is not read to its end counts for as long as it lives.
async fn pump_bytes(
    mut body: Body,
    queue: Arc<BoundedQueue<Bytes>>,
    _low_latency: LowLatencyGuard,
) -> Result<(), Error> {
    loop {
        queue.room().await;
        let Some(chunk) = body.chunk().await? else { return Ok(()) };
        queue.push([chunk]);
    }
}

async fn pump_frames(
    mut body: Body,
    queue: Arc<BoundedQueue<RawFrame>>,
    stream: OpenStream,
) -> Result<(), Error> {
    let mut splitter = FrameSplitter::default();
    let mut room = 0;
    loop {
        if room == 0 {
            // More is in the socket, which is to be looked at as soon as the reader makes room.
            let _low_latency = stream.low_latency();
            room = queue.room().await;
        }
        let mut broken = None;
        let frames = std::iter::from_fn(|| {
            splitter.next_frame().unwrap_or_else(|error| {
                broken = Some(error);
                None
            })
        });
        // Split before the queue is locked, so that its consumer is not kept waiting.
        let whole: Vec<RawFrame> = frames.take(room).collect();
        let more = whole.len() == room;
        room = queue.push(whole);
        broken.map_or(Ok(()), Err)?;
        if more || room == 0 {
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

    fn closing() -> Closing {
        Closing { token: CancellationToken::new(), endpoint_url: Arc::from("http://localhost") }
    }

    async fn next(pieces: &mut Pieces<Bytes>) -> Option<Result<Bytes, Error>> {
        tokio::time::timeout(Duration::from_secs(5), poll_fn(|context| pieces.poll(context)))
            .await
            .expect("whoever waits is woken")
    }

    async fn push_and_wait(queue: Arc<BoundedQueue<Bytes>>) {
        queue.push([Bytes::from_static(b"piece")]);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    #[tokio::test]
    async fn whoever_reads_is_told_of_a_panic_after_what_came_before_it() {
        let mut pieces = pump(closing(), None, |queue| async {
            push_and_wait(queue).await;
            if true {
                panic!("in the middle");
            }
            Ok(())
        });
        assert_eq!(next(&mut pieces).await.unwrap().unwrap(), "piece");
        let error = next(&mut pieces).await.unwrap().unwrap_err().to_string();
        assert!(error.contains("bug") && error.contains("in the middle"), "{error}");
        assert!(next(&mut pieces).await.is_none());
    }

    #[test]
    fn whoever_reads_is_told_when_the_runtime_shuts_down() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let mut pieces = runtime.block_on(async {
            pump(closing(), None, |queue| async {
                push_and_wait(queue).await;
                std::future::pending().await
            })
        });
        drop(runtime);
        let reader = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        reader.block_on(async {
            let mut next = next(&mut pieces).await;
            if let Some(Ok(_)) = next {
                next = self::next(&mut pieces).await;
            }
            let error = next.unwrap().unwrap_err().to_string();
            assert!(error.contains("shut down") && !error.contains("bug"), "{error}");
        });
    }

    #[tokio::test]
    async fn a_reader_that_gave_up_is_told_so() {
        let mut pieces = pump(closing(), None, |_| std::future::pending());
        pieces.abort();
        tokio::time::sleep(Duration::from_millis(20)).await;
        let error = next(&mut pieces).await.unwrap().unwrap_err().to_string();
        assert!(error.contains("cancelled"), "{error}");
    }

    async fn landed(task: impl Future<Output = Landed> + Send + 'static) -> String {
        let task = AbortOnDropHandle::new(tokio::spawn(task));
        let landed = Flight(ForkGuarded::new(task)).await;
        landed.outcome.err().unwrap().to_string()
    }

    #[tokio::test]
    async fn a_call_tells_a_panic_from_a_shutdown() {
        let error = landed(async { panic!("early") }).await;
        assert!(error.contains("bug") && error.contains("early"), "{error}");

        let task = tokio::spawn(std::future::pending());
        task.abort();
        let landed = Flight(ForkGuarded::new(AbortOnDropHandle::new(task))).await;
        let error = landed.outcome.err().unwrap().to_string();
        assert!(error.contains("shut down") && !error.contains("bug"), "{error}");
    }
}
