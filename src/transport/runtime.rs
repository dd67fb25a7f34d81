//! The process's tokio runtime: one worker, started when first needed, owned by a process.
//!
//! Synchronous calls do not run here: each drives a lane of its own on the caller's thread
//! (`lane`). What outlives a call does: asynchronous calls and credential refreshes.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use tokio::runtime::{Builder, Handle, Runtime};

use super::process;

struct Shared {
    process: u32,
    handle: Handle,
    runtime: Mutex<Option<Runtime>>,
}

/// Read without a lock: a fork may happen while another thread holds one, for good.
static SHARED: ArcSwapOption<Shared> = ArcSwapOption::const_empty();

thread_local! {
    static IS_RUNTIME_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// The runtime of this process, started if need be. A forked child gets a fresh one: the
/// parent's threads do not exist there, so the inherited runtime is forgotten, not shut down.
pub fn shared() -> std::io::Result<Handle> {
    loop {
        let current = SHARED.load();
        let process = process::current();
        if let Some(shared) = current.as_ref().filter(|shared| shared.process == process) {
            return Ok(shared.handle.clone());
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fastbedrock")
            .on_thread_start(|| IS_RUNTIME_THREAD.set(true))
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        let fresh = Arc::new(Shared { process, handle, runtime: Mutex::new(Some(runtime)) });
        let previous = SHARED.compare_and_swap(&current, Some(fresh.clone()));
        let is_ours = previous.as_ref().map(Arc::as_ptr) == current.as_ref().map(Arc::as_ptr);
        if is_ours {
            std::mem::forget(previous.clone());
        } else {
            fresh.stop();
        }
    }
}

/// Stops the shared runtime without waiting for what runs on it (at interpreter exit).
pub fn shutdown() {
    if let Some(stopped) = SHARED.swap(None) {
        if stopped.process == process::current() {
            stopped.stop();
        } else {
            std::mem::forget(stopped);
        }
    }
}

/// Whether the calling thread belongs to the runtime. Such a thread never enters Python.
pub fn is_runtime_thread() -> bool {
    IS_RUNTIME_THREAD.get()
}

impl Shared {
    fn stop(&self) {
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }
}
