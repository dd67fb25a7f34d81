//! The loop's side of its wake-up queue, called by `fastbedrock._wake_up`.

use std::io::{PipeReader, Read};
use std::sync::Arc;

use pyo3::prelude::*;

use super::future::{ContextRun, WakeUpFuture};
use super::time_slice;
use super::waiting_slot::SlotQueue;
use super::wake_up_pipe::{descriptor, read_byte};
use super::wake_up_queue::Announced;

/// Resumes the tasks whose slots are in the queue.
///
/// Only the event loop refers to it, through the callbacks of its pipes, so it is dropped when the
/// loop is closed.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct WakeUpReceiver {
    queue: Arc<SlotQueue>,
    pipe: PipeReader,
    nested_pipe: PipeReader,
}

impl WakeUpReceiver {
    /// A queue and its receiver.
    pub fn open() -> std::io::Result<(Arc<SlotQueue>, Self)> {
        let ((pipe, writer), (nested_pipe, nested_writer)) = (std::io::pipe()?, std::io::pipe()?);
        let queue = SlotQueue::new(writer, Some(nested_writer));
        Ok((queue.clone(), WakeUpReceiver { queue, pipe, nested_pipe }))
    }

    /// The descriptors of the two pipes; `None` on systems whose loops cannot watch pipes.
    pub fn descriptors(&self) -> (Option<i32>, Option<i32>) {
        (descriptor(&self.pipe), descriptor(&self.nested_pipe))
    }

    /// Reads the bytes in the pipes. Call this before taking slots.
    fn read_bytes(&self) -> PyResult<()> {
        let Announced { on_pipe, on_nested_pipe } = self.queue.end_announcements();
        if on_pipe {
            read_byte(&self.pipe)?;
        }
        if on_nested_pipe {
            read_byte(&self.nested_pipe)?;
        }
        Ok(())
    }

    fn resume_all_soon(&self, py: Python<'_>) -> PyResult<()> {
        let slots = self.queue.take_all();
        time_slice::begin(slots.len());
        // If one of them fails, the others are still resumed.
        let futures = slots.into_iter().filter_map(|slot| slot.take_future(py));
        futures.map(|future| WakeUpFuture::resolve_soon(&future)).fold(Ok(()), Result::and)
    }
}

#[pymethods]
impl WakeUpReceiver {
    /// Begin a round, when the first pipe is readable, and return its number of slots.
    ///
    /// Slots that are woken during the round wait for the next round, so that the loop can do other
    /// work.
    fn begin_round(&self) -> PyResult<usize> {
        self.queue.set_resuming(true);
        self.read_bytes()?;
        // The first task may run the loop inside itself until the other tasks are done.
        Ok(self.queue.announce_beyond(1))
    }

    /// The callback that resumes the next slot's task; None if the task has resumed already.
    ///
    /// `tasks` is how many tasks share the time slice of this round. `done` is an asyncio Future
    /// without a value.
    fn next_callback<'py>(
        &self,
        tasks: usize,
        done: &Bound<'py, PyAny>,
    ) -> PyResult<Option<ContextRun<'py>>> {
        time_slice::begin(tasks);
        let future = self.queue.pop().and_then(|slot| slot.take_future(done.py()));
        future.map_or(Ok(None), |future| WakeUpFuture::resolve(future, done))
    }

    /// End a round. Slots that were woken during the round are announced for the next round.
    fn end_round(&self) -> PyResult<()> {
        self.queue.set_resuming(false);
        self.read_bytes()?;
        self.queue.announce_beyond(0);
        Ok(())
    }

    /// Resume the tasks of all slots in the loop's next iteration: the callback of the nested pipe.
    fn resume_soon(&self, py: Python<'_>) -> PyResult<()> {
        self.read_bytes()?;
        self.resume_all_soon(py)
    }

    /// Block until there is a byte in the first pipe, and read it: on a thread of its own, for a
    /// loop that cannot watch pipes. False once the queue is closed.
    fn wait(&self, py: Python<'_>) -> bool {
        py.detach(|| (&self.pipe).read_exact(&mut [0])).is_ok()
    }

    /// Resume the tasks of all slots in the loop's next iteration, after `wait` has read the byte.
    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        self.queue.end_announcements();
        self.resume_all_soon(py)
    }

    /// Close the queue: later wake-ups do nothing.
    fn close(&self) {
        self.queue.close();
    }
}

impl Drop for WakeUpReceiver {
    fn drop(&mut self) {
        self.queue.close();
    }
}
