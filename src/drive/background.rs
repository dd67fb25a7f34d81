//! Asynchronous calls: the attempt loop as a task of the shared runtime.
//!
//! The results are plain Rust values in futures and queues, which any thread may poll with any
//! waker. Dropping the receiving end aborts the task, which closes its socket.

use std::pin::pin;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use crate::call::client::Client;
use crate::call::given_request::GivenRequest;
use crate::call::options::CallOptions;
use crate::call::prepared::PreparedCall;
use crate::call::response::{CallResponse, Payload};
use crate::credentials::Identity;
use crate::drive::chunks::StreamingPayload;
use crate::drive::close_signal::CloseSignal;
use crate::drive::pending_call::{FinishedCall, PendingCall};
use crate::drive::permit::PermitRequest;
use crate::error::{Error, Kind};
use crate::http::body::Body;
use crate::http::pool::{MAX_IDLE_TIME, Pool};
use crate::log;
use crate::runtime::fork::ForkGuardedMutex;
use crate::runtime::shared;

/// The asynchronous side of a client.
pub struct Background {
    client: Arc<Client>,
    max_concurrency: Option<usize>,
    /// Not inherited across a fork: the permit holders do not exist in the child.
    state: ForkGuardedMutex<State>,
}

#[derive(Default)]
struct State {
    /// Created by the first call, and again by the first call after a close.
    shared: Option<Shared>,
    /// Whether a task closes connections that have been idle for too long.
    sweeps: bool,
}

/// What a task of the runtime does for a call.
#[allow(clippy::large_enum_variant)] // nearly all are calls, and a box would cost them time
enum Work {
    Call(PreparedCall, CallOptions, Option<Identity>),
    Exchange(GivenRequest),
}

/// What the calls of a client share until it is closed.
#[derive(Clone)]
struct Shared {
    /// `max_concurrency=`: calls and streams beyond it wait.
    limit: Option<Arc<Semaphore>>,
    close_signal: CloseSignal,
}

impl Background {
    pub fn new(client: Arc<Client>, max_concurrency: Option<usize>) -> Self {
        // A larger number would make tokio panic.
        let max_concurrency = max_concurrency.map(|limit| limit.min(Semaphore::MAX_PERMITS));
        Background { client, max_concurrency, state: ForkGuardedMutex::new() }
    }

    /// Starts the call on the runtime.
    pub fn call(
        &self,
        call: PreparedCall,
        options: CallOptions,
        identity: Option<Identity>,
    ) -> Result<PendingCall, Error> {
        let has_events = call.operation.output.event_stream().is_some();
        self.start(Work::Call(call, options, identity), has_events)
    }

    /// Sends one request of a call on the runtime. `has_events`: whether the body of a success is an
    /// event stream.
    pub fn exchange(&self, request: GivenRequest, has_events: bool) -> Result<PendingCall, Error> {
        self.start(Work::Exchange(request), has_events)
    }

    /// The events in a body that a handler of events has given.
    pub fn events_of(&self, body: Bytes) -> Result<StreamingPayload, Error> {
        let (runtime, batching) = shared::runtime().map_err(|error| not_started(&error))?;
        let Shared { close_signal, .. } = self.shared(&runtime);
        let _inside = runtime.enter();
        let body = Body::of_bytes(body);
        Ok(StreamingPayload::frames(body, close_signal, None, batching.open_stream()))
    }

    fn start(&self, work: Work, has_events: bool) -> Result<PendingCall, Error> {
        let client = self.client.clone();
        let (runtime, batching) = shared::runtime().map_err(|error| not_started(&error))?;
        let Shared { limit, close_signal } = self.shared(&runtime);
        let permit_request = limit.map(PermitRequest::new);
        // A queued call waits for no socket, so it does not need low latency.
        let is_queued = permit_request.as_ref().is_some_and(PermitRequest::is_queued);
        let low_latency = (!is_queued).then(|| batching.low_latency());
        let task = runtime.spawn(log::with_current_call(async move {
            let mut permit = None;
            let outcome = {
                // Pinned here, because passing a future by value makes the task larger.
                let work = pin!(async {
                    if let Some(request) = permit_request {
                        permit = request.granted().await;
                    }
                    let low_latency = low_latency.unwrap_or_else(|| batching.low_latency());
                    let response = match &work {
                        // Boxed, because tokio copies a task several times.
                        Work::Call(call, options, identity) => {
                            Box::pin(client.call(call, options, identity.as_ref())).await?
                        }
                        Work::Exchange(request) => Box::pin(client.exchange(request)).await?,
                    };
                    Ok((response, low_latency))
                });
                close_signal.unless_closed(work).await
            };
            let result = outcome.map(|(CallResponse { head, payload }, low_latency)| {
                let payload = match payload {
                    Payload::Whole(body) => Payload::Whole(body),
                    Payload::Streaming(body) => Payload::Streaming({
                        let permit = permit.take();
                        if has_events {
                            let stream = batching.open_stream();
                            StreamingPayload::frames(body, close_signal, permit, stream)
                        } else {
                            StreamingPayload::bytes(body, close_signal, permit, low_latency)
                        }
                    }),
                };
                CallResponse { head, payload }
            });
            FinishedCall::new(result, permit)
        }));
        Ok(PendingCall::new(AbortOnDropHandle::new(task)))
    }

    /// Aborts running calls and streams, and closes idle connections. Later calls work as before.
    pub fn close(&self) {
        if let Some(shared) = self.state.with(|state| state.shared.take()) {
            shared.close_signal.send();
        }
        self.client.close_idle_connections();
    }

    fn shared(&self, runtime: &Handle) -> Shared {
        self.state.with(|state| {
            if !std::mem::replace(&mut state.sweeps, true) {
                runtime
                    .spawn(sweep(Arc::downgrade(self.client.target.connections.pool_of_runtime())));
            }
            let new = || Shared {
                limit: self.max_concurrency.map(|limit| Arc::new(Semaphore::new(limit))),
                close_signal: CloseSignal::new(&self.client.target.endpoint.url),
            };
            state.shared.get_or_insert_with(new).clone()
        })
    }
}

fn not_started(error: &std::io::Error) -> Error {
    Error::new(Kind::HttpClient { error: format!("the runtime could not be started: {error}") })
}

/// For as long as the pool exists, closes connections that a peak of calls has left idle.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(MAX_IDLE_TIME).await;
        match pool.upgrade() {
            Some(pool) => pool.close_stale(),
            None => return,
        }
    }
}
