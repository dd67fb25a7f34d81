//! When a coroutine lets its event loop go on although its next value is there already.
//!
//! Values that are there cost no turn of the loop. A fast stream could go on like that until its
//! end, and no timeout would fire, no other task would run. So a task takes what is there for a few
//! milliseconds, its own work on the values included, and then waits for the loop's next turn.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// A turn of the loop costs about 15 µs: 0.3 % of this.
const BUDGET: Duration = Duration::from_millis(5);

thread_local! {
    /// When this thread's loop is to go on: unknown before the first value of its turn is taken.
    static END: Cell<Option<Instant>> = const { Cell::new(None) };
    static SHARE: Cell<Duration> = const { Cell::new(BUDGET) };
}

/// A task goes on, as one of so many in this turn of the loop: they share the time.
pub fn begin(tasks: usize) {
    END.set(None);
    SHARE.set(BUDGET / u32::try_from(tasks.max(1)).unwrap_or(u32::MAX));
}

/// Whether the loop is to go on. To be asked before each value is taken: the first one begins the
/// time, because nobody tells what else the loop has done since the task went on.
pub fn is_over() -> bool {
    let now = Instant::now();
    match END.get() {
        Some(end) => now >= end,
        None => {
            END.set(Some(now + SHARE.get()));
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_turn_ends_after_its_time_and_not_before_a_value_was_taken() {
        begin(1);
        thread::sleep(BUDGET * 2);
        assert!(!is_over());
        thread::sleep(BUDGET * 2);
        assert!(is_over());
        assert!(is_over());
        begin(1);
        assert!(!is_over());
    }

    #[test]
    fn the_tasks_of_a_turn_share_its_time() {
        begin(1_000_000);
        assert!(!is_over());
        assert!(is_over());
    }
}
