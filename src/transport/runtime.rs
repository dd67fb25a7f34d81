//! The process's tokio runtime: one worker, started when first needed, owned by a process id.
//!
//! Synchronous calls do not run here: each drives a lane of its own on the caller's thread
//! (`lane`). What outlives a call does: credential refreshes and, later, asynchronous calls.

use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Handle, Runtime};

struct Shared {
    process: u32,
    runtime: Runtime,
}

static SHARED: Mutex<Option<Shared>> = Mutex::new(None);

/// The runtime of this process, started if need be. A forked child gets a fresh one: the
/// parent's threads do not exist there, so the inherited runtime is forgotten, not shut down.
pub fn shared() -> std::io::Result<Handle> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some(existing) = shared.as_ref().filter(|existing| existing.process == process) {
        return Ok(existing.runtime.handle().clone());
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("fastbedrock")
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    std::mem::forget(shared.replace(Shared { process, runtime }));
    Ok(handle)
}

/// Stops the shared runtime without waiting for what runs on it (at interpreter exit).
pub fn shutdown() {
    let stopped = SHARED.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(stopped) = stopped {
        if stopped.process == std::process::id() {
            stopped.runtime.shutdown_background();
        } else {
            std::mem::forget(stopped);
        }
    }
}
