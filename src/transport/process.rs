//! Values that a forked child must neither use nor tear down.

/// A value of the process that made it. In a forked child it is gone: [`PerProcess::get_mut`]
/// answers `None`, and dropping it forgets the value, because closing an inherited epoll
/// registration or TLS session would reach into the parent's connections.
pub struct PerProcess<T> {
    process: u32,
    value: Option<T>,
}

impl<T> PerProcess<T> {
    pub fn new(value: T) -> Self {
        PerProcess { process: std::process::id(), value: Some(value) }
    }

    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.as_mut().filter(|_| self.process == std::process::id())
    }

    pub fn into_inner(mut self) -> Option<T> {
        if self.process == std::process::id() { self.value.take() } else { None }
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            std::mem::forget(self.value.take());
        }
    }
}
