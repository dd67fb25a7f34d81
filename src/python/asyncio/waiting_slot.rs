//! The slot in which a coroutine waits, and which the runtime wakes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use super::future::WakeUpFuture;
use super::wake_up_queue::WakeUpQueue;

/// A queue of slots that have been woken.
pub type SlotQueue = WakeUpQueue<Arc<WaitingSlot>>;

/// One coroutine, or one green thread, waits here at a time. As a waker, the slot puts itself into
/// its queue.
pub struct WaitingSlot {
    queue: Arc<SlotQueue>,
    /// Whether the slot is in the queue.
    queued: AtomicBool,
    /// True from the beginning of a wait until the coroutine has resumed.
    occupied: AtomicBool,
    /// The future that the task waits for. It is set and taken on Python's threads only, so that
    /// the runtime never drops the last reference.
    future: Mutex<Option<Py<WakeUpFuture>>>,
}

impl WaitingSlot {
    pub fn new(queue: Arc<SlotQueue>) -> Arc<Self> {
        let (queued, occupied) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(WaitingSlot { queue, queued, occupied, future: Mutex::default() })
    }

    /// Begins a wait: the next wake-up resolves the future.
    pub fn occupy(&self, future: Py<WakeUpFuture>) {
        self.occupied.store(true, Ordering::Relaxed);
        let previous = self.future().replace(future);
        drop(previous);
    }

    /// Ends the wait: a wake-up does nothing.
    pub fn vacate(&self) {
        if self.is_occupied() {
            self.occupied.store(false, Ordering::Relaxed);
            let future = self.future().take();
            drop(future);
        }
    }

    /// Whether a coroutine waits, or was woken and has not resumed yet.
    pub fn is_occupied(&self) -> bool {
        self.occupied.load(Ordering::Relaxed)
    }

    /// Whether a coroutine waits and has not been woken.
    pub fn is_waiting(&self) -> bool {
        self.is_occupied() && self.future().is_some()
    }

    pub fn belongs_to(&self, queue: &Arc<SlotQueue>) -> bool {
        Arc::ptr_eq(&self.queue, queue)
    }

    /// Call this once the slot has left the queue: from then on the slot can be queued again.
    pub fn left_queue(&self) {
        self.queued.store(false, Ordering::Release);
    }

    /// The future to resolve, if a coroutine still waits. The slot has left the queue.
    pub fn take_future<'py>(&self, py: Python<'py>) -> Option<Bound<'py, WakeUpFuture>> {
        self.left_queue();
        let future = self.future().take();
        future.map(|future| future.into_bound(py))
    }

    /// Shows the garbage collector the future, which refers to the task that waits for it.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // No thread holds the lock: the collector runs while no other Python code does.
        self.future.try_lock().map_or(Ok(()), |future| visit.call(&*future))
    }

    fn future(&self) -> MutexGuard<'_, Option<Py<WakeUpFuture>>> {
        self.future.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for WaitingSlot {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.queue.clone().put(self);
        }
    }
}
