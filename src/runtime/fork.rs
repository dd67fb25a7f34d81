//! Values that a forked child must neither use nor tear down.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;

/// How many forks lie between the first process and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Tells a process from those that it was forked from. Asking the system would cost each call
/// several system calls.
pub fn current() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// To be called in a forked child before it does anything else here.
pub fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// A value of the process that made it. In a forked child it is gone: [`PerProcess::get`]
/// answers `None`, and dropping it forgets the value, because closing an inherited epoll
/// registration or TLS session would reach into the parent's connections.
pub struct PerProcess<T> {
    process: u32,
    value: Option<T>,
}

impl<T> PerProcess<T> {
    pub fn new(value: T) -> Self {
        PerProcess { process: current(), value: Some(value) }
    }

    pub fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.process == current())
    }

    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.as_mut().filter(|_| self.process == current())
    }

    pub fn into_inner(mut self) -> Option<T> {
        if self.process == current() { self.value.take() } else { None }
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        if self.process != current() {
            std::mem::forget(self.value.take());
        }
    }
}

/// What the threads of a process share under a lock. A forked child finds a fresh one: the
/// parent's lock may have been held by a thread that does not exist in the child, which would
/// wait for it forever.
pub struct PerProcessMutex<T>(ArcSwapOption<PerProcess<Mutex<T>>>);

impl<T: Default> Default for PerProcessMutex<T> {
    fn default() -> Self {
        PerProcessMutex::new()
    }
}

impl<T: Default> PerProcessMutex<T> {
    pub const fn new() -> Self {
        PerProcessMutex(ArcSwapOption::const_empty())
    }

    /// Does the work under the lock.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        loop {
            let current = self.0.load();
            if let Some(mutex) = current.as_deref().and_then(PerProcess::get) {
                return work(&mut mutex.lock().unwrap_or_else(PoisonError::into_inner));
            }
            let fresh = Arc::new(PerProcess::new(Mutex::default()));
            self.0.compare_and_swap(&current, Some(fresh));
        }
    }
}
