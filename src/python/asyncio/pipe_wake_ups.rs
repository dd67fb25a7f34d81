//! Wake-ups for one consumer that has no event loop and watches a pipe itself.

use std::io::PipeReader;
use std::sync::Arc;

use super::waiting_slot::{SlotQueue, WaitingSlot};
use super::wake_up_pipe::{descriptor, read_byte};

/// A queue for one slot, and its pipe.
pub struct PipeWakeUps {
    queue: Arc<SlotQueue>,
    slot: Arc<WaitingSlot>,
    pipe: PipeReader,
}

impl PipeWakeUps {
    pub fn new() -> std::io::Result<Self> {
        let (pipe, writer) = std::io::pipe()?;
        let queue = SlotQueue::new(writer, None);
        Ok(PipeWakeUps { slot: WaitingSlot::new(queue.clone()), queue, pipe })
    }

    /// The slot to wake.
    pub fn slot(&self) -> &Arc<WaitingSlot> {
        &self.slot
    }

    /// The descriptor that a wake-up makes readable; `None` on systems where pipes cannot be
    /// watched.
    pub fn descriptor(&self) -> Option<i32> {
        descriptor(&self.pipe)
    }

    /// Whether there was a wake-up since the last call. Call this before polling for a value.
    pub fn take_wake_up(&self) -> std::io::Result<bool> {
        let has_byte = self.queue.clear();
        self.slot.left_queue();
        if has_byte {
            read_byte(&self.pipe)?;
        }
        Ok(has_byte)
    }
}

impl Drop for PipeWakeUps {
    fn drop(&mut self) {
        self.queue.close();
    }
}
