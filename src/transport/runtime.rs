//! The process's tokio runtime: one worker, started when first needed, owned by a process.
//!
//! Synchronous calls do not run here: each drives a lane of its own on the caller's thread
//! (`lane`). What outlives a call does: asynchronous calls and credential refreshes.

use std::cell::Cell;

use tokio::runtime::{Builder, Handle, Runtime};

use super::process::PerProcessMutex;

static SHARED: PerProcessMutex<Option<Runtime>> = PerProcessMutex::new();

thread_local! {
    static IS_RUNTIME_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// The runtime of this process, started if need be. A forked child gets a fresh one: the
/// parent's threads do not exist there.
pub fn shared() -> std::io::Result<Handle> {
    SHARED.with(|shared| {
        if let Some(runtime) = shared {
            return Ok(runtime.handle().clone());
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fastbedrock")
            .on_thread_start(|| IS_RUNTIME_THREAD.set(true))
            .enable_all()
            .build()?;
        Ok(shared.insert(runtime).handle().clone())
    })
}

/// Stops the shared runtime without waiting for what runs on it (at interpreter exit).
pub fn shutdown() {
    if let Some(runtime) = SHARED.with(Option::take) {
        runtime.shutdown_background();
    }
}

/// Whether the calling thread belongs to the runtime. Such a thread never enters Python.
pub fn is_runtime_thread() -> bool {
    IS_RUNTIME_THREAD.get()
}
