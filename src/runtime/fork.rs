//! Fork guards: a forked child neither uses nor closes what its parent created.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;

/// How many forks lie between the first process and this one.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// A number that differs between a process and the processes that it was forked from. It replaces
/// the process id, which costs a system call each time.
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Must be called in a forked child before the child uses anything else in this crate.
pub fn enter_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    // All forks of a process inherit the generator of the thread that forked, but their process ids
    // differ.
    fastrand::seed(fastrand::u64(..) ^ u64::from(std::process::id()) << 32);
}

/// A value that belongs to the process that created it. In a forked child, [`ForkGuarded::get`]
/// returns `None`, and dropping the guard leaks the value: closing an inherited epoll registration
/// or TLS session would disturb the parent's connections.
pub struct ForkGuarded<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> ForkGuarded<T> {
    pub fn new(value: T) -> Self {
        ForkGuarded { generation: generation(), value: Some(value) }
    }

    pub fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.generation == generation())
    }

    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.as_mut().filter(|_| self.generation == generation())
    }

    pub fn into_inner(mut self) -> Option<T> {
        if self.generation == generation() { self.value.take() } else { None }
    }
}

impl<T> Drop for ForkGuarded<T> {
    fn drop(&mut self) {
        if self.generation != generation() {
            std::mem::forget(self.value.take());
        }
    }
}

/// A mutex that is unlocked and holds a default value in a forked child. A plain mutex may have
/// been locked by a thread of the parent. That thread does not exist in the child, so the child
/// would wait forever.
pub struct ForkGuardedMutex<T>(ArcSwapOption<ForkGuarded<Mutex<T>>>);

impl<T: Default> Default for ForkGuardedMutex<T> {
    fn default() -> Self {
        ForkGuardedMutex::new()
    }
}

impl<T: Default> ForkGuardedMutex<T> {
    pub const fn new() -> Self {
        ForkGuardedMutex(ArcSwapOption::const_empty())
    }

    /// Calls `work` with the value while the mutex is locked.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        loop {
            let current = self.0.load();
            if let Some(mutex) = current.as_deref().and_then(ForkGuarded::get) {
                return work(&mut mutex.lock().unwrap_or_else(PoisonError::into_inner));
            }
            let fresh = Arc::new(ForkGuarded::new(Mutex::default()));
            self.0.compare_and_swap(&current, Some(fresh));
        }
    }
}
