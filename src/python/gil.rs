//! The one place where Rust enters Python by itself. clippy.toml forbids all others.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;

use crate::transport::runtime;

static ON_RUNTIME: AtomicU64 = AtomicU64::new(0);

/// Takes the GIL, or waits for it; nothing where the interpreter is on its way out. For threads
/// that Python started: the runtime's serve every call, and none may wait for whoever holds it.
#[allow(clippy::disallowed_methods)]
pub fn try_attach<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    if runtime::is_runtime_thread() {
        ON_RUNTIME.fetch_add(1, Ordering::Relaxed);
    }
    Python::try_attach(work)
}

/// How often a thread of the runtime took the GIL; a test says never.
pub fn attaches_on_runtime() -> u64 {
    ON_RUNTIME.load(Ordering::Relaxed)
}
