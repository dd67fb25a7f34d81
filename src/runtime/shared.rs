//! The process's tokio runtime: one worker thread, started when it is first needed.
//!
//! Synchronous calls do not run on it; they run on their callers' threads (`caller_thread`).
//! Asynchronous calls do, and so do credential refreshes, which can outlive the call that started
//! them.

use std::cell::Cell;
use std::io::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::runtime::fork::ForkGuardedMutex;
use crate::runtime::held_wake_ups;
use crate::runtime::panics;
use crate::runtime::wake_batching::WakeBatching;

static SHARED: ForkGuardedMutex<Option<Shared>> = ForkGuardedMutex::new();

struct Shared {
    runtime: Runtime,
    batching: Arc<WakeBatching>,
}

thread_local! {
    static IS_RUNTIME_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// This process's runtime and its wake-up batching. Starts the runtime if it is not running. A forked
/// child gets a new one, because the parent's threads do not exist in the child.
pub fn runtime() -> std::io::Result<(Handle, Arc<WakeBatching>)> {
    SHARED.with(|shared| {
        if let Some(Shared { runtime, batching }) = shared {
            return Ok((runtime.handle().clone(), batching.clone()));
        }
        let batching = WakeBatching::new(WakeBatching::INTERVAL);
        let (on_park, on_unpark) = (batching.clone(), batching.clone());
        let build = || {
            Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("fastbedrock")
                .on_thread_start(|| IS_RUNTIME_THREAD.set(true))
                .on_thread_park(move || on_park.before_poll())
                .on_thread_unpark(move || on_unpark.after_poll())
                .on_thread_stop(held_wake_ups::end)
                .enable_all()
                .build()
        };
        // tokio panics if the system has no thread left for the worker.
        let runtime = catch_unwind(AssertUnwindSafe(build))
            .unwrap_or_else(|payload| Err(Error::other(panics::text(&*payload))))?;
        let handle = runtime.handle().clone();
        *shared = Some(Shared { runtime, batching: batching.clone() });
        Ok((handle, batching))
    })
}

/// Stops the runtime without waiting for its tasks. Called when the interpreter exits.
pub fn shutdown() {
    if let Some(Shared { runtime, .. }) = SHARED.with(Option::take) {
        runtime.shutdown_background();
    }
}

/// Does work that takes long. On the runtime, another thread goes on with the other tasks meanwhile.
pub fn block_in_place<T>(work: impl FnOnce() -> T) -> T {
    if !is_runtime_thread() {
        return work();
    }
    // The other thread cannot pass on what this one has held back.
    held_wake_ups::end();
    tokio::task::block_in_place(work)
}

/// Whether the calling thread belongs to the runtime. Such a thread never enters Python.
pub fn is_runtime_thread() -> bool {
    IS_RUNTIME_THREAD.get()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::held_wake_ups::tests::Count;

    #[test]
    fn long_work_holds_no_wake_ups_back() {
        let (runtime, _) = runtime().unwrap();
        let count = Arc::new(Count::default());
        let task = runtime.spawn({
            let count = count.clone();
            async move {
                held_wake_ups::begin();
                assert!(held_wake_ups::hold(&count));
                block_in_place(|| assert_eq!(count.get(), 1));
                assert!(!held_wake_ups::hold(&count));
            }
        });
        let wait = tokio::runtime::Builder::new_current_thread().build().unwrap();
        wait.block_on(task).unwrap();
        assert!(!is_runtime_thread());
        assert_eq!(block_in_place(|| 3), 3);
    }
}
