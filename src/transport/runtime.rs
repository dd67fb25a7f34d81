//! The process's tokio runtime: one worker, started when first needed, owned by a process id.
//!
//! Synchronous calls do not run here: each drives a lane of its own on the caller's thread
//! (`lane`). What outlives a call does: credential refreshes and, later, asynchronous calls.

use tokio::runtime::{Builder, Handle, Runtime};

use super::process::PerProcessMutex;

static SHARED: PerProcessMutex<Option<Runtime>> = PerProcessMutex::new();

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
