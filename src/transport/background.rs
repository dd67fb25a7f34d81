//! Asynchronous calls: the attempt loop and the reading of bodies as tasks of the shared runtime.
//!
//! What they produce is plain Rust values, taken from futures and channels that any thread may
//! poll with any waker. Dropping the receiving end aborts the task, which closes its socket.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::body::Body;
use super::call::{Answer, Payload, Request, Transport};
use super::credentials::Identity;
use super::error::{Error, Kind};
use super::frames::{FrameSplitter, RawFrame};
use super::log;
use super::pace::{Hurry, OpenStream};
use super::pool::Pool;
use super::process::{PerProcess, PerProcessMutex};
use super::queue::{Queue, Weigh};
use super::runtime;

/// boto3's 10 would have a hundred calls in flight open ninety connections anew all the time. No
/// more are kept than were in use at once, and none for long ([`Pool::sweep`]).
const MAX_IDLE_CONNECTIONS: usize = 1000;

/// Longer than that hardly a server keeps an idle connection's other end open.
const KEPT_FOR: Duration = Duration::from_secs(90);

/// The asynchronous side of a client.
pub struct Background {
    transport: Arc<Transport>,
    max_concurrency: Option<usize>,
    /// Made by the first call, also by the first after a close.
    traffic: PerProcessMutex<Option<Traffic>>,
}

/// What calls share. Not with a parent's: those who hold its turns do not exist in a fork.
#[derive(Clone)]
struct Traffic {
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

/// A call in flight: a future of its answer. Dropping it aborts the request.
pub struct Flight(PerProcess<AbortOnDropHandle<Result<Answer<Arriving>, Error>>>);

/// A body on its way: its pieces in order, then the end or the error that ended it.
pub enum Arriving {
    Frames(Pieces<RawFrame>),
    Bytes(Pieces<Bytes>),
}

/// The receiving end of a body. Dropping it aborts the request.
pub struct Pieces<T>(PerProcess<Pumped<T>>);

struct Pumped<T> {
    queue: Arc<Queue<T>>,
    pump: AbortOnDropHandle<()>,
}

impl Weigh for Bytes {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Future for Flight {
    type Output = Result<Answer<Arriving>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(task) = self.0.get_mut() else { return Poll::Ready(Err(forked())) };
        Pin::new(task).poll(context).map(|outcome| {
            outcome.unwrap_or_else(|_| {
                let error = "the runtime was shut down".to_owned();
                Err(Error::new(Kind::HttpClient { error }))
            })
        })
    }
}

impl<T: Weigh> Pieces<T> {
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
            pump.abort();
            let error = "its reader was cancelled".to_owned();
            queue.end(Err(Error::new(Kind::ResponseStreaming { error })));
        }
    }

    /// Aborts the request and wakes who waits for a piece.
    pub fn close(self) {
        if let Some(Pumped { queue, pump }) = self.0.into_inner() {
            drop(pump);
            queue.end(Ok(()));
        }
    }
}

fn forked() -> Error {
    let error = "the call belongs to the process that was forked".to_owned();
    Error::new(Kind::ResponseStreaming { error })
}

impl Background {
    pub fn new(transport: Arc<Transport>, max_concurrency: Option<usize>) -> Self {
        Background { transport, max_concurrency, traffic: PerProcessMutex::new() }
    }

    /// Starts the call on the runtime.
    pub fn call(&self, request: Request, external: Option<Identity>) -> Result<Flight, Error> {
        let transport = self.transport.clone();
        let (runtime, pace) = runtime::shared().map_err(|error| {
            Error::new(Kind::HttpClient { error: format!("no runtime for the call: {error}") })
        })?;
        let Traffic { pool, limit, closing } = self.traffic.with(|traffic| {
            let new = || Traffic::new(&transport, self.max_concurrency, &runtime);
            traffic.get_or_insert_with(new).clone()
        });
        let turn = limit.map(Turn::queue_up);
        // A call in the queue has nothing on a socket yet.
        let is_queued = matches!(turn, Some(Turn::Waiting(_)));
        let hurry = (!is_queued).then(|| pace.hurry());
        let task = runtime.spawn(log::carry(async move {
            // Pinned here: a future that is handed on by value takes its size anew each time.
            let answered = pin!(async {
                let turn = match turn {
                    Some(Turn::Taken(turn)) => turn,
                    Some(Turn::Waiting(turn)) => {
                        log::queued();
                        let since = log::now();
                        let turn = turn.await.ok();
                        log::dequeued(since);
                        turn
                    }
                    None => None,
                };
                let hurry = hurry.unwrap_or_else(|| pace.hurry());
                let answer = transport.call(&pool, &request, external.as_ref()).await?;
                Ok((answer, turn, hurry))
            });
            let (Answer { head, payload }, turn, hurry) = closing.unless_closed(answered).await?;
            let payload = match payload {
                Payload::Whole(body) => Payload::Whole(body),
                Payload::Streaming(body) => {
                    Payload::Streaming(if request.operation.output.event_stream().is_some() {
                        let stream = pace.open_stream();
                        Arriving::Frames(pump(closing, turn, |out| pump_frames(body, out, stream)))
                    } else {
                        Arriving::Bytes(pump(closing, turn, |out| pump_bytes(body, out, hurry)))
                    })
                }
            };
            Ok(Answer { head, payload })
        }));
        Ok(Flight(PerProcess::new(AbortOnDropHandle::new(task))))
    }

    /// Aborts what is in flight and closes idle connections. Later calls work as before.
    pub fn close(&self) {
        if let Some(Traffic { pool, closing, .. }) = self.traffic.with(Option::take) {
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

impl Traffic {
    fn new(transport: &Transport, max_concurrency: Option<usize>, runtime: &Handle) -> Self {
        let kept = transport.settings.max_idle_connections.unwrap_or(MAX_IDLE_CONNECTIONS);
        let pool = Arc::new(Pool::new(kept));
        runtime.spawn(sweep(Arc::downgrade(&pool)));
        Traffic {
            pool,
            limit: max_concurrency.map(|limit| Arc::new(Semaphore::new(limit))),
            closing: Closing {
                token: CancellationToken::new(),
                endpoint_url: Arc::from(transport.settings.endpoint.url.as_str()),
            },
        }
    }
}

/// Closes what a past peak left behind, for as long as there is a pool.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(KEPT_FOR).await;
        match pool.upgrade() {
            Some(pool) => pool.sweep(KEPT_FOR),
            None => return,
        }
    }
}

impl Closing {
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
            outcome = work => outcome,
        }
    }
}

/// Fills a queue by `work` in a task of its own, which holds the call's `turn` until its end.
fn pump<T, F>(
    closing: Closing,
    turn: Option<OwnedSemaphorePermit>,
    work: impl FnOnce(Arc<Queue<T>>) -> F + Send + 'static,
) -> Pieces<T>
where
    T: Weigh + Send + 'static,
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let queue = Queue::new();
    let filled = queue.clone();
    let task = tokio::spawn(async move {
        let _turn = turn;
        let work = pin!(work(filled.clone()));
        filled.end(closing.unless_closed(work).await);
    });
    Pieces(PerProcess::new(Pumped { queue, pump: AbortOnDropHandle::new(task) }))
}

/// A call waits for all of its body: one that is not read to its end counts for as long as it lives.
async fn pump_bytes(mut body: Body, queue: Arc<Queue<Bytes>>, _hurry: Hurry) -> Result<(), Error> {
    loop {
        queue.room().await;
        let Some(chunk) = body.chunk().await? else { return Ok(()) };
        queue.push([chunk]);
    }
}

async fn pump_frames(
    mut body: Body,
    queue: Arc<Queue<RawFrame>>,
    stream: OpenStream,
) -> Result<(), Error> {
    let mut splitter = FrameSplitter::default();
    let mut room = 0;
    loop {
        if room == 0 {
            // More is in the socket, which is to be looked at as soon as the reader makes room.
            let _hurry = stream.hurry();
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
                stream.brings_a_piece();
                splitter.push(chunk);
            }
            None => return splitter.unfinished().map_or(Ok(()), Err),
        }
    }
}
