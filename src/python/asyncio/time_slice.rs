//! The time slice after which a coroutine yields to its event loop although its next value is
//! available.
//!
//! A value that is available costs no iteration of the loop. If a coroutine took all values of a
//! fast stream in this way, no timeout would fire and no other task would run until the stream's
//! end. So a task takes values for a few milliseconds, which include its own work on them, and then
//! waits for the loop's next iteration.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// An iteration of the loop costs about 15 µs, which is 0.3 % of this.
const BUDGET: Duration = Duration::from_millis(5);

thread_local! {
    /// When the slice ends. It is unknown before the first value of the slice is taken.
    static END: Cell<Option<Instant>> = const { Cell::new(None) };
    static SHARE: Cell<Duration> = const { Cell::new(BUDGET) };
}

/// Begins a slice, which the `tasks` that one wake-up resumes share.
pub fn begin(tasks: usize) {
    END.set(None);
    SHARE.set(BUDGET / u32::try_from(tasks.max(1)).unwrap_or(u32::MAX));
}

/// Whether the slice is over. Call this before taking each value. The first value starts the clock,
/// because the loop may have run other tasks since `begin`.
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
    fn a_slice_ends_after_its_time_and_not_before_a_value_was_taken() {
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
    fn the_tasks_of_a_wake_up_share_the_time() {
        begin(1_000_000);
        assert!(!is_over());
        assert!(is_over());
    }
}
