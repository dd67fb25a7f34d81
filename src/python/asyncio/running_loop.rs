//! The wake-up queue of the running event loop, opened when something first waits in that loop.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pyo3::prelude::*;

use super::waiting_slot::SlotQueue;
use super::wake_up_receiver::WakeUpReceiver;
use crate::python::interpreter::imported::Imported;
use crate::python::interpreter::python_calls;

/// The running loop and its queue.
///
/// Raises RuntimeError if no loop runs, or if the loop was closed.
pub fn running_loop(py: Python<'_>) -> PyResult<(Arc<SlotQueue>, Bound<'_, PyAny>)> {
    static RUNNING: Imported = Imported::new("asyncio", "get_running_loop");
    /// The queues by the address of their loop.
    static QUEUES: Mutex<Option<HashMap<usize, Weak<SlotQueue>>>> = Mutex::new(None);
    thread_local! {
        static LAST: RefCell<(usize, Weak<SlotQueue>)> = const { RefCell::new((0, Weak::new())) };
    }
    let event_loop = python_calls::call_function(py, &RUNNING, ())?;
    // An address is used again only after its loop is gone, and then that loop's queue is closed.
    let address = event_loop.as_ptr() as usize;
    let known = LAST.with_borrow(|(last, queue)| {
        if *last == address { queue.upgrade().filter(|queue| queue.is_open()) } else { None }
    });
    if let Some(queue) = known {
        return Ok((queue, event_loop));
    }
    let found = {
        let mut queues = QUEUES.lock().unwrap_or_else(PoisonError::into_inner);
        let queues = queues.get_or_insert_default();
        queues.retain(|_, queue| queue.upgrade().is_some_and(|queue| queue.is_open()));
        queues.get(&address).and_then(Weak::upgrade)
    };
    let queue = match found {
        Some(queue) => queue,
        None => {
            let queue = open(py, &event_loop)?;
            let mut queues = QUEUES.lock().unwrap_or_else(PoisonError::into_inner);
            queues.get_or_insert_default().insert(address, Arc::downgrade(&queue));
            queue
        }
    };
    LAST.set((address, Arc::downgrade(&queue)));
    Ok((queue, event_loop))
}

/// Opens a queue whose receiver the loop then owns.
fn open(py: Python<'_>, event_loop: &Bound<'_, PyAny>) -> PyResult<Arc<SlotQueue>> {
    static WATCH: Imported = Imported::new("fastbedrock._wake_up", "watch");
    let (queue, receiver) = WakeUpReceiver::open()?;
    let (pipe, nested_pipe) = receiver.descriptors();
    let receiver = Bound::new(py, receiver)?;
    python_calls::call_function(py, &WATCH, (event_loop, receiver, pipe, nested_pipe))?;
    Ok(queue)
}
