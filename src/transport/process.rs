//! Values that a forked child must neither use nor tear down.

use std::sync::atomic::{AtomicU32, Ordering};

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

/// A value of the process that made it. In a forked child it is gone: [`PerProcess::get_mut`]
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
