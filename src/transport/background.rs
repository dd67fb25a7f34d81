//! Asynchronous calls: the attempt loop and the reading of bodies as tasks of the shared runtime.
//!
//! What they produce is plain Rust values, taken from futures and channels that any thread may
//! poll with any waker. Dropping the receiving end aborts the task, which closes its socket.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::body::Body;
use super::call::{Answer, Payload, Request, Transport};
use super::credentials::Identity;
use super::error::{Error, Kind};
use super::frames::{Frame, FrameDecoder};
use super::pool::Pool;
use super::queue::{Queue, Weigh};
use super::runtime;

/// boto3's 10 would have a hundred calls in flight open ninety connections anew all the time. No
/// more are kept than were in use at once, and none for long ([`Pool`]).
const MAX_IDLE_CONNECTIONS: usize = 1000;

/// The asynchronous side of a client.
pub struct Background {
    transport: Arc<Transport>,
    pool: Arc<Pool>,
    /// `max_concurrency=`: calls and streams beyond it wait their turn.
    limit: Option<Arc<Semaphore>>,
    closing: Mutex<CancellationToken>,
}

/// A call in flight: a future of its answer. Dropping it aborts the request.
pub type Flight = AbortOnDropHandle<Result<Answer<Arriving>, Error>>;

/// A body on its way: its pieces in order, then the end or the error that ended it.
pub enum Arriving {
    Frames(Pieces<Frame>),
    Bytes(Pieces<Bytes>),
}

/// The receiving end of a body. Dropping it aborts the request.
pub struct Pieces<T> {
    pub queue: Arc<Queue<T>>,
    _pump: AbortOnDropHandle<()>,
}

impl Weigh for Frame {
    fn bytes(&self) -> usize {
        self.payload().len()
    }
}

impl Weigh for Bytes {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl Background {
    pub fn new(transport: Arc<Transport>, max_concurrency: Option<usize>) -> Self {
        let kept = transport.settings.max_idle_connections.unwrap_or(MAX_IDLE_CONNECTIONS);
        let pool = Arc::new(Pool::new(kept));
        Background {
            transport,
            pool,
            limit: max_concurrency.map(|limit| Arc::new(Semaphore::new(limit))),
            closing: Mutex::default(),
        }
    }

    /// Starts the call on the runtime.
    pub fn call(&self, request: Request, external: Option<Identity>) -> Result<Flight, Error> {
        let (transport, pool) = (self.transport.clone(), self.pool.clone());
        let (limit, closing) = (self.limit.clone(), self.closing().clone());
        let runtime = runtime::shared().map_err(|error| {
            Error::new(Kind::HttpClient { error: format!("no runtime for the call: {error}") })
        })?;
        let flight = async move {
            let turn = match limit {
                Some(limit) => limit.acquire_owned().await.ok(),
                None => None,
            };
            let frames = request.operation.output.event_stream().is_some();
            let answer = transport.call(&pool, &request, external.as_ref()).await?;
            Ok((answer, turn, frames))
        };
        Ok(AbortOnDropHandle::new(runtime.spawn(async move {
            match closing.run_until_cancelled(flight).await {
                None => Err(Error::new(Kind::Closed)),
                Some(Err(error)) => Err(error),
                Some(Ok((Answer { head, payload }, turn, frames))) => {
                    let payload = match payload {
                        Payload::Whole(body) => Payload::Whole(body),
                        Payload::Streaming(body) if frames => {
                            Payload::Streaming(Arriving::Frames(pump(closing, turn, |out| {
                                pump_frames(body, out)
                            })))
                        }
                        Payload::Streaming(body) => {
                            Payload::Streaming(Arriving::Bytes(pump(closing, turn, |out| {
                                pump_bytes(body, out)
                            })))
                        }
                    };
                    Ok(Answer { head, payload })
                }
            }
        })))
    }

    /// Aborts what is in flight and closes idle connections. Later calls work as before.
    pub fn close(&self) {
        std::mem::take(&mut *self.closing()).cancel();
        self.pool.clear();
    }

    fn closing(&self) -> std::sync::MutexGuard<'_, CancellationToken> {
        self.closing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fills a queue by `work` in a task of its own, which holds the call's `turn` until its end.
fn pump<T, F>(
    closing: CancellationToken,
    turn: Option<OwnedSemaphorePermit>,
    work: impl FnOnce(Arc<Queue<T>>) -> F,
) -> Pieces<T>
where
    T: Weigh + Send + 'static,
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let queue = Queue::new();
    let work = work(queue.clone());
    let filled = queue.clone();
    let task = tokio::spawn(async move {
        let _turn = turn;
        let outcome = closing.run_until_cancelled(work).await;
        filled.end(outcome.unwrap_or_else(|| Err(Error::new(Kind::Closed))));
    });
    Pieces { queue, _pump: AbortOnDropHandle::new(task) }
}

async fn pump_bytes(mut body: Body, queue: Arc<Queue<Bytes>>) -> Result<(), Error> {
    while let Some(chunk) = body.chunk().await? {
        queue.extend(std::iter::once(chunk)).await;
    }
    Ok(())
}

async fn pump_frames(mut body: Body, queue: Arc<Queue<Frame>>) -> Result<(), Error> {
    let mut decoder = FrameDecoder::default();
    while let Some(chunk) = body.chunk().await? {
        decoder.push(chunk);
        let mut broken = None;
        let whole = std::iter::from_fn(|| {
            decoder.next_frame().unwrap_or_else(|error| {
                broken = Some(error);
                None
            })
        });
        // Parsed before the queue is locked, so that its consumer is not kept waiting.
        let whole: Vec<Frame> = whole.collect();
        queue.extend(whole.into_iter()).await;
        broken.map_or(Ok(()), Err)?;
    }
    decoder.unfinished().map_or(Ok(()), Err)
}
