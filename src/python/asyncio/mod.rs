//! Coroutines in Rust, and how the runtime wakes their event loops without ever taking the GIL.
//!
//! A runtime task that has a value for a waiting coroutine puts the coroutine's
//! [`WaitingSlot`](waiting_slot::WaitingSlot) into the wake-up queue of its event loop. The first
//! slot since the queue was last emptied writes one byte to a pipe that the loop watches. However
//! many slots follow, the loop needs one iteration for all of them.
//!
//! The callback that the loop runs for this pipe, `fastbedrock._wake_up.resume_tasks`, resumes the
//! waiting tasks itself. A task may patch the loop and run it inside itself, as notebooks do, and
//! then the loop cannot run the same callback again. So while tasks are resumed, new slots are
//! announced on a second pipe, the nested one, which has a callback of its own.

pub mod awaited_value;
pub mod coroutine;
pub mod future;
pub mod pipe_wake_ups;
pub mod running_loop;
pub mod single_consumer;
pub mod time_slice;
pub mod waiting_slot;
pub mod wake_up_pipe;
pub mod wake_up_queue;
pub mod wake_up_receiver;
