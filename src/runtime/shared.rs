//! The process's tokio runtime: one worker, started when first needed, owned by a process.
//!
//! Synchronous calls do not run here, but on their callers' threads (`caller_thread`). What outlives
//! a call does: asynchronous calls and credential refreshes.

use std::cell::Cell;
use std::io::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::runtime::fork::PerProcessMutex;
use crate::runtime::panics;
use crate::runtime::wake_batching::Pace;

static SHARED: PerProcessMutex<Option<Shared>> = PerProcessMutex::new();

struct Shared {
    runtime: Runtime,
    pace: Arc<Pace>,
}

thread_local! {
    static IS_RUNTIME_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// The runtime of this process and its pace, started if need be. A forked child gets a fresh one: the
/// parent's threads do not exist there.
pub fn runtime() -> std::io::Result<(Handle, Arc<Pace>)> {
    SHARED.with(|shared| {
        if let Some(Shared { runtime, pace }) = shared {
            return Ok((runtime.handle().clone(), pace.clone()));
        }
        let pace = Pace::new(Pace::INTERVAL);
        let kept = pace.clone();
        let build = || {
            Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("fastbedrock")
                .on_thread_start(|| IS_RUNTIME_THREAD.set(true))
                .on_thread_park(move || kept.before_look())
                .enable_all()
                .build()
        };
        // tokio panics where the system has no thread for the worker.
        let runtime = catch_unwind(AssertUnwindSafe(build))
            .unwrap_or_else(|payload| Err(Error::other(panics::text(&*payload))))?;
        let handle = runtime.handle().clone();
        *shared = Some(Shared { runtime, pace: pace.clone() });
        Ok((handle, pace))
    })
}

/// Stops the shared runtime without waiting for what runs on it (at interpreter exit).
pub fn shutdown() {
    if let Some(Shared { runtime, .. }) = SHARED.with(Option::take) {
        runtime.shutdown_background();
    }
}

/// Whether the calling thread belongs to the runtime. Such a thread never enters Python.
pub fn is_runtime_thread() -> bool {
    IS_RUNTIME_THREAD.get()
}
