//! Wake-up batching: how often the runtime polls its sockets while many event streams are open.
//!
//! The events of many streams arrive one at a time. Each event wakes two threads: the runtime's and
//! the event loop's. Waking a thread costs several times as much as handling the event. Therefore the
//! runtime lets events gather before it polls, as a network card coalesces its interrupts. While a
//! call is waiting for its response, the wait would delay every step of that call. Then events gather
//! for a small part of the time for which the call has been waiting.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::runtime::held_wake_ups;

/// With fewer open streams than this, wake-ups cost little, and nothing is delayed.
const MANY_STREAMS: usize = 50;

/// If fewer chunks than this have arrived in an interval, nothing is delayed.
const MANY_CHUNKS: usize = 4;

/// Low latency means that a poll is delayed by at most this part of the age of the newest guard, which
/// is usually the time for which a call has been waiting.
const PART_OF_WAIT: u32 = 16;

/// Shorter delays would gather too few events to be worth a sleep.
const SHORTEST_DELAY: Duration = Duration::from_millis(1);

/// After this many chunks, the loops' threads are woken although the runtime has more work: then they
/// work at the same time.
const CHUNKS_PER_WAKE_UP: usize = 32;

/// The wake-up batching of one runtime.
pub struct WakeBatching {
    /// The time between two polls under load.
    interval: Duration,
    open_streams: AtomicUsize,
    low_latency_guards: AtomicUsize,
    /// How many chunks have arrived since the interval began.
    chunks: AtomicUsize,
    times: Mutex<Times>,
    low_latency_requested: Condvar,
}

struct Times {
    interval_began: Instant,
    newest_guard: Instant,
}

/// An open event stream. The stream counts as open until this value is dropped.
pub struct OpenStream(Arc<WakeBatching>);

/// While this value exists, polls are delayed less. A caller holds it while it waits for more than
/// the next event of a stream.
pub struct LowLatencyGuard(Arc<WakeBatching>);

impl WakeBatching {
    /// Less than half of the time between two events of a fast model.
    pub const INTERVAL: Duration = Duration::from_millis(8);

    pub fn new(interval: Duration) -> Arc<Self> {
        let now = Instant::now();
        Arc::new(WakeBatching {
            interval,
            open_streams: AtomicUsize::new(0),
            low_latency_guards: AtomicUsize::new(0),
            chunks: AtomicUsize::new(0),
            times: Mutex::new(Times { interval_began: now, newest_guard: now }),
            low_latency_requested: Condvar::new(),
        })
    }

    pub fn open_stream(self: &Arc<Self>) -> OpenStream {
        self.open_streams.fetch_add(1, Relaxed);
        OpenStream(self.clone())
    }

    pub fn low_latency(self: &Arc<Self>) -> LowLatencyGuard {
        self.low_latency_guards.fetch_add(1, Relaxed);
        self.times().newest_guard = Instant::now();
        if self.has_many_streams() {
            self.low_latency_requested.notify_one();
        }
        LowLatencyGuard(self.clone())
    }

    /// Called on the runtime's thread when the thread has run out of work. Blocks until the thread
    /// may poll its sockets. Aborts and closes requested by other threads are delayed too; calls
    /// are not.
    pub fn before_poll(&self) {
        held_wake_ups::end();
        if !self.has_many_streams() {
            return;
        }
        let mut times = self.times();
        let (guard, end) = (times.newest_guard, times.interval_began + self.interval(&times));
        if let Some(left) = end.checked_duration_since(Instant::now()) {
            if self.chunks.load(Relaxed) < MANY_CHUNKS {
                return;
            }
            let may_wait = |times: &mut Times| times.newest_guard == guard;
            (times, _) = self
                .low_latency_requested
                .wait_timeout_while(times, left, may_wait)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.chunks.store(0, Relaxed);
        times.interval_began = Instant::now();
    }

    /// Called on the runtime's thread after a poll. If events had time to gather, the thread works
    /// through them before it wakes the threads that wait for them.
    pub fn after_poll(&self) {
        if self.has_many_streams() && !self.interval(&self.times()).is_zero() {
            held_wake_ups::begin();
        }
    }

    /// The time between two polls now, under load.
    fn interval(&self, times: &Times) -> Duration {
        if self.low_latency_guards.load(Relaxed) == 0 {
            return self.interval;
        }
        let interval = self.interval.min(times.newest_guard.elapsed() / PART_OF_WAIT);
        if interval < SHORTEST_DELAY { Duration::ZERO } else { interval }
    }

    fn has_many_streams(&self) -> bool {
        self.open_streams.load(Relaxed) >= MANY_STREAMS
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenStream {
    /// Must be called for every chunk of the stream that arrives, on the runtime's thread.
    pub fn note_chunk(&self) {
        let before = self.0.chunks.fetch_add(1, Relaxed);
        if (before + 1).is_multiple_of(CHUNKS_PER_WAKE_UP) {
            held_wake_ups::pass_on();
        }
    }

    pub fn low_latency(&self) -> LowLatencyGuard {
        self.0.low_latency()
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.open_streams.fetch_sub(1, Relaxed);
    }
}

impl Drop for LowLatencyGuard {
    fn drop(&mut self) {
        self.0.low_latency_guards.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Wake;
    use std::thread;

    use super::*;

    /// A `WakeBatching` with this many open streams, one of which has received this many chunks.
    fn loaded(
        interval: Duration,
        streams: usize,
        chunks: usize,
    ) -> (Arc<WakeBatching>, Vec<OpenStream>) {
        let batching = WakeBatching::new(interval);
        let streams: Vec<_> = (0..streams).map(|_| batching.open_stream()).collect();
        (0..chunks).for_each(|_| streams[0].note_chunk());
        (batching, streams)
    }

    #[test]
    fn under_load_sockets_are_polled_once_per_interval() {
        let (batching, streams) = loaded(WakeBatching::INTERVAL, MANY_STREAMS, 0);
        let start = Instant::now();
        for _ in 0..10 {
            (0..MANY_CHUNKS).for_each(|_| streams[0].note_chunk());
            batching.before_poll();
        }
        assert!(start.elapsed() >= WakeBatching::INTERVAL * 9);
    }

    // With this interval, a test in which `before_poll` waits does not end.
    const ONE_HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn few_streams_and_few_chunks_are_not_delayed() {
        for (streams, chunks) in [(MANY_STREAMS - 1, MANY_CHUNKS), (MANY_STREAMS, MANY_CHUNKS - 1)]
        {
            let (batching, _streams) = loaded(ONE_HOUR, streams, chunks);
            batching.before_poll();
        }
    }

    #[test]
    fn a_guard_prevents_the_delay() {
        let (batching, _streams) = loaded(ONE_HOUR, MANY_STREAMS, MANY_CHUNKS);
        let _low_latency = batching.low_latency();
        batching.before_poll();
    }

    #[test]
    fn an_old_guard_permits_a_short_delay() {
        let (batching, streams) = loaded(ONE_HOUR, MANY_STREAMS, MANY_CHUNKS);
        let _low_latency = batching.low_latency();
        thread::sleep(SHORTEST_DELAY * PART_OF_WAIT * 2);
        batching.before_poll();
        (0..MANY_CHUNKS).for_each(|_| streams[0].note_chunk());
        let start = Instant::now();
        batching.before_poll();
        assert!(start.elapsed() >= SHORTEST_DELAY);
    }

    #[test]
    fn wake_ups_are_held_back_only_while_gathered_events_are_worked_through() {
        let (batching, streams) = loaded(ONE_HOUR, MANY_STREAMS, 0);
        let wake_up = Arc::new(NoWakeUp);
        batching.after_poll();
        assert!(held_wake_ups::hold(&wake_up));
        (0..CHUNKS_PER_WAKE_UP).for_each(|_| streams[0].note_chunk());
        assert_eq!(Arc::strong_count(&wake_up), 1);
        assert!(held_wake_ups::hold(&wake_up));
        let _low_latency = batching.low_latency();
        batching.before_poll();
        assert_eq!(Arc::strong_count(&wake_up), 1);
        batching.after_poll();
        assert!(!held_wake_ups::hold(&wake_up));
    }

    struct NoWakeUp;

    impl Wake for NoWakeUp {
        fn wake(self: Arc<Self>) {}
    }

    #[test]
    fn a_new_guard_ends_the_delay() {
        let (batching, _streams) = loaded(ONE_HOUR, MANY_STREAMS, MANY_CHUNKS);
        drop(batching.low_latency());
        let runtime = thread::spawn({
            let batching = batching.clone();
            move || batching.before_poll()
        });
        thread::sleep(Duration::from_millis(20));
        assert!(!runtime.is_finished());
        let _low_latency = batching.low_latency();
        runtime.join().unwrap();
    }
}
