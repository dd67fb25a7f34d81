//! A streaming payload that one coroutine or green thread at a time waits for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Poll, Wake as _, Waker};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::time_slice;
use super::waiting_slot::WaitingSlot;
use crate::drive::chunks::{Chunk, Chunks, Polled};

/// The chunks of a payload.
pub struct SingleConsumer<T>(Mutex<State<T>>);

struct State<T> {
    /// `None` after the end, an error, or a close. Dropping the chunks aborts the request.
    chunks: Option<Chunks<T>>,
    /// The consumer that waited last.
    slot: Weak<WaitingSlot>,
}

impl<T> State<T> {
    /// Raises RuntimeError if another consumer waits, in another slot than this one.
    fn refuse_another(&self, slot: Option<&Arc<WaitingSlot>>) -> PyResult<()> {
        if slot.is_some_and(|slot| std::ptr::eq(Arc::as_ptr(slot), self.slot.as_ptr())) {
            return Ok(());
        }
        match self.slot.upgrade() {
            Some(waiting) if waiting.is_occupied() => {
                let text = "another coroutine is already waiting for this stream or body";
                Err(PyRuntimeError::new_err(text))
            }
            _ => Ok(()),
        }
    }
}

impl<T: Chunk> SingleConsumer<T> {
    pub fn new(chunks: Chunks<T>) -> Self {
        SingleConsumer(Mutex::new(State { chunks: Some(chunks), slot: Weak::new() }))
    }

    /// The next part of a chunk, or `Ready(None)` at the end. After `Pending`, the slot is woken when
    /// a chunk arrives.
    ///
    /// Raises RuntimeError if another consumer waits.
    pub fn poll(&self, slot: Option<&Arc<WaitingSlot>>) -> PyResult<Polled<T::Part>> {
        let mut state = self.lock();
        state.refuse_another(slot)?;
        let State { chunks: remaining, slot: waiting } = &mut *state;
        let Some(chunks) = remaining else { return Ok(Poll::Ready(None)) };
        let waker = || slot.map_or_else(|| Waker::noop().clone(), |slot| slot.clone().into());
        let polled = chunks.poll(waker);
        match (&polled, slot) {
            (Poll::Ready(None | Some(Err(_))), _) => *remaining = None,
            (Poll::Pending, Some(slot)) => *waiting = Arc::downgrade(slot),
            _ => {}
        }
        Ok(polled)
    }

    /// Whether the time slice is over, so that the loop must run before the next chunk is taken. If
    /// it is over, the slot is woken for the loop's next iteration.
    ///
    /// `resumed` says that the consumer has waited and is resuming now.
    pub fn yields_to_loop(&self, slot: Option<&Arc<WaitingSlot>>, resumed: bool) -> PyResult<bool> {
        if resumed || !time_slice::is_over() {
            return Ok(false);
        }
        if let Some(slot) = slot {
            let mut state = self.lock();
            state.refuse_another(Some(slot))?;
            state.slot = Arc::downgrade(slot);
            drop(state);
            slot.wake_by_ref();
        }
        Ok(true)
    }

    /// Raises RuntimeError if another consumer waits, in another slot than this one.
    pub fn refuse_another(&self, slot: Option<&Arc<WaitingSlot>>) -> PyResult<()> {
        self.lock().refuse_another(slot)
    }

    /// Ends the payload and aborts the request. A consumer that waits is woken.
    pub fn close(&self) {
        let chunks = self.lock().chunks.take();
        if let Some(chunks) = chunks {
            chunks.close();
        }
    }

    /// Aborts the request, unless a consumer waits. Chunks that have arrived can still be taken.
    pub fn abandon(&self) {
        let mut state = self.lock();
        if state.refuse_another(None).is_ok()
            && let Some(chunks) = &mut state.chunks
        {
            chunks.abort();
        }
    }

    pub fn has_ended(&self) -> bool {
        self.lock().chunks.is_none()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the consumer has waited for the chunk that it takes now.
pub fn has_waited(slot: Option<&Arc<WaitingSlot>>) -> bool {
    slot.is_some_and(|slot| slot.is_occupied())
}
