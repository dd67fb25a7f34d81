//! Wake-ups of other threads which the runtime's thread holds back while it works through events that
//! have gathered.
//!
//! A thread that is woken for the first of these events finds one event, sleeps again, and must be
//! woken for the next.

use std::cell::RefCell;
use std::sync::Arc;
use std::task::{Wake, Waker};

thread_local! {
    /// The wake-ups that this thread holds back. `None` while it passes wake-ups on at once.
    static HELD: RefCell<Option<Vec<Waker>>> = const { RefCell::new(None) };
}

/// From now on, this thread holds wake-ups back.
pub fn begin() {
    HELD.with_borrow_mut(|held| _ = held.get_or_insert_default());
}

/// Whether this thread holds the wake-up back. If not, the caller wakes the other thread now.
pub fn hold<W: Wake + Send + Sync + 'static>(wake_up: &Arc<W>) -> bool {
    let hold = |held: &RefCell<Option<Vec<Waker>>>| {
        let mut held = held.borrow_mut();
        let Some(held) = held.as_mut() else { return false };
        if !held.iter().any(|waker| waker.data() == Arc::as_ptr(wake_up).cast()) {
            held.push(wake_up.clone().into());
        }
        true
    };
    // A thread that is ending may have no list any more.
    HELD.try_with(hold).unwrap_or(false)
}

/// Passes on what this thread has held back. The thread goes on to hold wake-ups back.
pub fn pass_on() {
    let held = HELD.with_borrow_mut(|held| held.as_mut().map(std::mem::take));
    held.into_iter().flatten().for_each(Waker::wake);
}

/// Passes on what this thread has held back. The thread holds no more wake-ups back.
pub fn end() {
    HELD.take().into_iter().flatten().for_each(Waker::wake);
}

#[cfg(test)]
pub mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// How often it was woken.
    #[derive(Default)]
    pub struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Count {
        pub fn get(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn wake_ups_are_passed_on_once_and_later() {
        let counts = [Arc::new(Count::default()), Arc::new(Count::default())];
        assert!(!hold(&counts[0]));
        begin();
        assert!(counts.iter().chain(&counts).all(hold));
        assert_eq!(counts.each_ref().map(|count| count.get()), [0, 0]);
        pass_on();
        assert_eq!(counts.each_ref().map(|count| count.get()), [1, 1]);
        assert!(hold(&counts[0]));
        end();
        assert_eq!(counts.each_ref().map(|count| count.get()), [2, 1]);
        assert!(!hold(&counts[0]));
    }

    #[test]
    fn other_threads_hold_nothing_back() {
        begin();
        let held = std::thread::spawn(|| hold(&Arc::new(Count::default()))).join().unwrap();
        assert!(!held);
        end();
    }
}
