//! How often the runtime looks at its sockets while many event streams are open.
//!
//! The events of many streams come one by one, and each wakes two threads, the runtime's and the
//! event loop's. Waking a thread costs several times what an event does once it runs. So the
//! runtime lets events gather, as a network card holds back its interrupts; but not while a call
//! waits for its answer, which would be late by that much at every step.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Fewer open streams than that cost little, however their events come.
const MANY: usize = 50;

/// So many pieces of streams may come in an interval before any are held up.
const FEW: usize = 4;

/// One runtime's pace.
pub struct Pace {
    /// From one look to the next where much comes.
    interval: Duration,
    streams: AtomicUsize,
    hurries: AtomicUsize,
    /// How many have come since the interval began.
    pieces: AtomicUsize,
    interval_began: Mutex<Instant>,
    hurried: Condvar,
}

/// An event stream that counts until it is dropped.
pub struct OpenStream(Arc<Pace>);

/// Somebody waits for more than the next event: nothing is held up until this is dropped.
pub struct Hurry(Arc<Pace>);

impl Pace {
    /// Less than half of what lies between two events of a fast model.
    pub const INTERVAL: Duration = Duration::from_millis(8);

    pub fn new(interval: Duration) -> Arc<Self> {
        Arc::new(Pace {
            interval,
            streams: AtomicUsize::new(0),
            hurries: AtomicUsize::new(0),
            pieces: AtomicUsize::new(0),
            interval_began: Mutex::new(Instant::now()),
            hurried: Condvar::new(),
        })
    }

    pub fn open_stream(self: &Arc<Self>) -> OpenStream {
        self.streams.fetch_add(1, Relaxed);
        OpenStream(self.clone())
    }

    pub fn hurry(self: &Arc<Self>) -> Hurry {
        self.hurries.fetch_add(1, Relaxed);
        if self.has_many_streams() {
            // Under the lock: not between the runtime's look at the hurries and its rest.
            let _interval = self.interval();
            self.hurried.notify_one();
        }
        Hurry(self.clone())
    }

    /// Blocks the runtime's thread, which has nothing more to do, until it may look at its sockets.
    /// What other threads have for it meanwhile, but for calls, waits as well: an abort, a close.
    pub fn before_look(&self) {
        if !self.has_many_streams() {
            return;
        }
        let mut began = self.interval();
        if let Some(rest) = (*began + self.interval).checked_duration_since(Instant::now()) {
            if self.pieces.load(Relaxed) < FEW {
                return;
            }
            let nobody_hurries = |_: &mut Instant| self.hurries.load(Relaxed) == 0;
            (began, _) = self
                .hurried
                .wait_timeout_while(began, rest, nobody_hurries)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.pieces.store(0, Relaxed);
        *began = Instant::now();
    }

    fn has_many_streams(&self) -> bool {
        self.streams.load(Relaxed) >= MANY
    }

    fn interval(&self) -> MutexGuard<'_, Instant> {
        self.interval_began.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenStream {
    /// To be told of every piece that comes.
    pub fn brings_a_piece(&self) {
        self.0.pieces.fetch_add(1, Relaxed);
    }

    pub fn hurry(&self) -> Hurry {
        self.0.hurry()
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Relaxed);
    }
}

impl Drop for Hurry {
    fn drop(&mut self) {
        self.0.hurries.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// A pace with so many open streams, of which one has brought so many pieces.
    fn busy(interval: Duration, streams: usize, pieces: usize) -> (Arc<Pace>, Vec<OpenStream>) {
        let pace = Pace::new(interval);
        let streams: Vec<_> = (0..streams).map(|_| pace.open_stream()).collect();
        (0..pieces).for_each(|_| streams[0].brings_a_piece());
        (pace, streams)
    }

    #[test]
    fn much_from_many_streams_is_looked_at_once_an_interval() {
        let (pace, streams) = busy(Pace::INTERVAL, MANY, 0);
        let start = Instant::now();
        for _ in 0..10 {
            (0..FEW).for_each(|_| streams[0].brings_a_piece());
            pace.before_look();
        }
        assert!(start.elapsed() >= Pace::INTERVAL * 9);
    }

    // None of these would end if it rested.
    const FOR_EVER: Duration = Duration::from_secs(3600);

    #[test]
    fn few_streams_or_few_pieces_are_looked_at_at_once() {
        for (streams, pieces) in [(MANY - 1, FEW), (MANY, FEW - 1)] {
            let (pace, _streams) = busy(FOR_EVER, streams, pieces);
            pace.before_look();
        }
    }

    #[test]
    fn nothing_is_held_up_in_a_hurry() {
        let (pace, _streams) = busy(FOR_EVER, MANY, FEW);
        let _hurry = pace.hurry();
        pace.before_look();
    }

    #[test]
    fn a_hurry_ends_the_rest() {
        let (pace, _streams) = busy(FOR_EVER, MANY, FEW);
        drop(pace.hurry());
        let runtime = thread::spawn({
            let pace = pace.clone();
            move || pace.before_look()
        });
        thread::sleep(Duration::from_millis(20));
        assert!(!runtime.is_finished());
        let _hurry = pace.hurry();
        runtime.join().unwrap();
    }
}
