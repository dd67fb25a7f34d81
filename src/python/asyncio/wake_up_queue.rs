//! An event loop's wake-up queue, which the runtime fills and the loop's thread empties.

use std::collections::VecDeque;
use std::io::PipeWriter;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;

use super::wake_up_pipe::{WakeUpPipe, write_byte};
use crate::runtime::{fork, held_wake_ups};

/// A queue whose first item writes a byte to a pipe.
///
/// A forked child inherits its parent's queues. They may be locked by threads that the child does
/// not have, so it neither locks them nor drops what is in them.
pub struct WakeUpQueue<T> {
    /// False once the loop is gone.
    open: AtomicBool,
    /// The process that made the queue.
    process: u32,
    state: Mutex<State<T>>,
}

struct State<T> {
    items: VecDeque<T>,
    /// While the callback of `pipe` resumes tasks, new items are announced on `nested_pipe`.
    resuming: bool,
    pipe: WakeUpPipe,
    nested_pipe: WakeUpPipe,
}

/// Which pipes have a byte for the caller to read.
pub struct Announced {
    pub on_pipe: bool,
    pub on_nested_pipe: bool,
}

impl<T> State<T> {
    /// The pipe to which the caller writes a byte; `None` if the pipe has one already.
    fn announce(&mut self) -> Option<Arc<PipeWriter>> {
        let pipe = if self.resuming { &mut self.nested_pipe } else { &mut self.pipe };
        pipe.claim_byte()
    }
}

impl<T: Send + 'static> WakeUpQueue<T> {
    /// A queue without a nested pipe is for a consumer that never calls
    /// [`WakeUpQueue::set_resuming`].
    pub fn new(pipe: PipeWriter, nested_pipe: Option<PipeWriter>) -> Arc<Self> {
        Arc::new(WakeUpQueue {
            open: AtomicBool::new(true),
            process: fork::generation(),
            state: Mutex::new(State {
                items: VecDeque::new(),
                resuming: false,
                pipe: WakeUpPipe::new(Some(pipe)),
                nested_pipe: WakeUpPipe::new(nested_pipe),
            }),
        })
    }

    /// Adds an item and announces it. A closed queue drops it.
    pub fn put(self: &Arc<Self>, item: T) {
        let is_held = held_wake_ups::hold(self);
        let writer = {
            let mut state = self.lock();
            if state.pipe.is_closed() {
                return;
            }
            state.items.push_back(item);
            if is_held { None } else { state.announce() }
        };
        write_byte(writer);
    }

    pub fn pop(&self) -> Option<T> {
        self.lock().items.pop_front()
    }

    pub fn take_all(&self) -> VecDeque<T> {
        std::mem::take(&mut self.lock().items)
    }

    /// Drops all items. Returns whether the pipe has a byte for the caller to read.
    pub fn clear(&self) -> bool {
        let mut state = self.lock();
        state.items.clear();
        state.pipe.release_byte()
    }

    /// Sets whether the callback of the first pipe is resuming tasks.
    pub fn set_resuming(&self, resuming: bool) {
        self.lock().resuming = resuming;
    }

    /// Announces the items again if there are more than `count`. Returns the number of items.
    pub fn announce_beyond(&self, count: usize) -> usize {
        let (length, writer) = {
            let mut state = self.lock();
            let length = state.items.len();
            (length, if length > count { state.announce() } else { None })
        };
        write_byte(writer);
        length
    }

    /// Ends the announcements that were made. The caller reads their bytes before it takes items.
    pub fn end_announcements(&self) -> Announced {
        let mut state = self.lock();
        Announced {
            on_pipe: state.pipe.release_byte(),
            on_nested_pipe: state.nested_pipe.release_byte(),
        }
    }

    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    pub fn close(&self) {
        self.open.store(false, Ordering::Release);
        if self.process == fork::generation() {
            let items = {
                let mut state = self.lock();
                state.pipe.close();
                state.nested_pipe.close();
                std::mem::take(&mut state.items)
            };
            drop(items);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Announces the items whose announcement was held back.
impl<T: Send + 'static> Wake for WakeUpQueue<T> {
    fn wake(self: Arc<Self>) {
        self.announce_beyond(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(queue: &WakeUpQueue<i32>) -> (bool, bool) {
        let Announced { on_pipe, on_nested_pipe } = queue.end_announcements();
        (on_pipe, on_nested_pipe)
    }

    #[test]
    fn items_are_announced_on_the_nested_pipe_while_tasks_are_resumed() {
        let ((_pipe, writer), (_nested_pipe, nested_writer)) =
            (std::io::pipe().unwrap(), std::io::pipe().unwrap());
        let queue = WakeUpQueue::new(writer, Some(nested_writer));
        queue.put(1);
        assert_eq!(announced(&queue), (true, false));
        queue.set_resuming(true);
        assert_eq!(queue.announce_beyond(1), 1);
        assert_eq!(announced(&queue), (false, false));
        queue.put(2);
        assert_eq!(announced(&queue), (false, true));
        queue.set_resuming(false);
        assert_eq!(queue.announce_beyond(0), 2);
        assert_eq!(announced(&queue), (true, false));
        assert_eq!(queue.take_all(), [1, 2]);
    }

    #[test]
    fn items_are_announced_once_when_the_runtime_no_longer_holds_wake_ups_back() {
        let (_pipe, writer) = std::io::pipe().unwrap();
        let queue = WakeUpQueue::new(writer, None);
        held_wake_ups::begin();
        queue.put(1);
        queue.put(2);
        assert_eq!(announced(&queue), (false, false));
        // Another thread's item is announced at once.
        std::thread::scope(|scope| scope.spawn(|| queue.put(3)).join().unwrap());
        assert_eq!(announced(&queue), (true, false));
        held_wake_ups::pass_on();
        assert_eq!(announced(&queue), (true, false));
        assert_eq!(queue.take_all(), [1, 2, 3]);
        queue.put(4);
        assert_eq!(queue.pop(), Some(4));
        held_wake_ups::end();
        assert_eq!(announced(&queue), (false, false));
    }

    #[test]
    fn a_closed_queue_takes_no_items() {
        let (_pipe, writer) = std::io::pipe().unwrap();
        let queue = WakeUpQueue::new(writer, None);
        queue.close();
        queue.put(1);
        assert!(!queue.is_open());
        assert_eq!((queue.pop(), announced(&queue)), (None, (false, false)));
    }
}
