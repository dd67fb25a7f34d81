//! The only place where Rust takes the GIL by itself. clippy.toml forbids it elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;

use crate::runtime::shared;

static ON_RUNTIME: AtomicU64 = AtomicU64::new(0);

/// Waits for the GIL and takes it; `None` if the interpreter is exiting. Only for threads that
/// Python started: the runtime's threads serve every call, so they must never wait for the GIL.
#[allow(clippy::disallowed_methods)]
pub fn try_attach<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    if shared::is_runtime_thread() {
        ON_RUNTIME.fetch_add(1, Ordering::Relaxed);
    }
    Python::try_attach(work)
}

/// How often a thread of the runtime took the GIL. Tests assert that this is 0.
#[pyfunction]
pub fn runtime_attaches() -> u64 {
    ON_RUNTIME.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attaching_is_counted_on_runtime_threads_only() {
        Python::initialize();
        let (runtime, _) = shared::runtime().unwrap();
        let before = runtime_attaches();
        assert_eq!(try_attach(|_| 1), Some(1));
        assert_eq!(std::thread::spawn(|| try_attach(|_| 2)).join().unwrap(), Some(2));
        assert_eq!(runtime_attaches(), before);
        let (sender, attached) = std::sync::mpsc::channel();
        let blocking = sender.clone();
        runtime.spawn(async move { sender.send(try_attach(|_| 3)) });
        runtime.spawn_blocking(move || blocking.send(try_attach(|_| 3)));
        assert_eq!(attached.iter().take(2).collect::<Vec<_>>(), [Some(3); 2]);
        assert_eq!(runtime_attaches(), before + 2);
    }
}
