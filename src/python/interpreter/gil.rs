//! The one place where Rust takes the GIL by itself. clippy.toml forbids all others.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;

use crate::runtime::shared;

static ON_RUNTIME: AtomicU64 = AtomicU64::new(0);

/// Takes the GIL, or waits for it; nothing where the interpreter is on its way out. For threads
/// that Python started: the runtime's serve every call, and none may wait for whoever holds it.
#[allow(clippy::disallowed_methods)]
pub fn try_attach<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    if shared::is_runtime_thread() {
        ON_RUNTIME.fetch_add(1, Ordering::Relaxed);
    }
    Python::try_attach(work)
}

/// How often a thread of the runtime took the GIL; a test says never.
pub fn attaches_on_runtime() -> u64 {
    ON_RUNTIME.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attach_counts_on_the_threads_of_the_runtime_alone() {
        Python::initialize();
        let (runtime, _) = shared::runtime().unwrap();
        let before = attaches_on_runtime();
        assert_eq!(try_attach(|_| 1), Some(1));
        assert_eq!(std::thread::spawn(|| try_attach(|_| 2)).join().unwrap(), Some(2));
        assert_eq!(attaches_on_runtime(), before);
        let (sender, attached) = std::sync::mpsc::channel();
        let blocking = sender.clone();
        runtime.spawn(async move { sender.send(try_attach(|_| 3)) });
        runtime.spawn_blocking(move || blocking.send(try_attach(|_| 3)));
        assert_eq!(attached.iter().take(2).collect::<Vec<_>>(), [Some(3); 2]);
        assert_eq!(attaches_on_runtime(), before + 2);
    }
}
