//! What a stream's task has read and its consumer has not taken: bounded, and in batches.
//!
//! A channel and a semaphore cost two atomic dances for each frame; here a whole read's frames go
//! in under one lock, with one wake-up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

use super::error::Error;

/// At most this much waits for the consumer; then the producer does, until half of it is gone:
/// with a slow consumer it would otherwise be woken for each piece.
const MAX_BYTES: usize = 1 << 20;
const MAX_PIECES: usize = 256;

/// A piece that knows what it weighs in the buffer.
pub trait Weigh {
    fn bytes(&self) -> usize;
}

pub struct Queue<T> {
    state: Mutex<State<T>>,
    /// Told when there is room again.
    room: Notify,
}

struct State<T> {
    pieces: VecDeque<T>,
    bytes: usize,
    /// Set once: nothing comes after what is in `pieces`, but perhaps an error.
    end: Option<Result<(), Error>>,
    consumer: Option<Waker>,
    /// The producer waits until half of the room is free: woken for each free place, both sides
    /// would do little but wake each other.
    producer_waits: bool,
}

impl<T> State<T> {
    fn is_full(&self) -> bool {
        self.bytes >= MAX_BYTES || self.pieces.len() >= MAX_PIECES
    }

    fn is_half_free(&self) -> bool {
        self.bytes <= MAX_BYTES / 2 && self.pieces.len() <= MAX_PIECES / 2
    }
}

impl<T: Weigh> Queue<T> {
    pub fn new() -> Arc<Self> {
        let state = State {
            pieces: VecDeque::new(),
            bytes: 0,
            end: None,
            consumer: None,
            producer_waits: false,
        };
        Arc::new(Queue { state: Mutex::new(state), room: Notify::new() })
    }

    /// Adds the pieces, waiting for room between any two of them.
    pub async fn extend(&self, pieces: impl Iterator<Item = T>) {
        let mut pieces = pieces.peekable();
        while pieces.peek().is_some() {
            let woken = {
                let mut state = self.lock();
                while !state.is_full() {
                    let Some(piece) = pieces.next() else { break };
                    state.bytes += piece.bytes();
                    state.pieces.push_back(piece);
                }
                state.consumer.take()
            };
            woken.into_iter().for_each(Waker::wake);
            self.wait_for_room().await;
        }
    }

    /// Nothing comes any more: the body is at its end, or broke.
    pub fn end(&self, outcome: Result<(), Error>) {
        let woken = {
            let mut state = self.lock();
            state.end.get_or_insert(outcome);
            state.consumer.take()
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// The next piece; `Ready(None)` at the end, also after the error that was it.
    pub fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        let mut state = self.lock();
        let Some(piece) = state.pieces.pop_front() else {
            if let Some(end) = &mut state.end {
                return Poll::Ready(std::mem::replace(end, Ok(())).err().map(Err));
            }
            state.consumer = Some(context.waker().clone());
            return Poll::Pending;
        };
        state.bytes -= piece.bytes();
        let wakes_producer = state.producer_waits && state.is_half_free();
        state.producer_waits &= !wakes_producer;
        drop(state);
        if wakes_producer {
            self.room.notify_one();
        }
        Poll::Ready(Some(Ok(piece)))
    }

    /// Whether all has been taken and nothing comes.
    pub fn is_over(&self) -> bool {
        let state = self.lock();
        state.pieces.is_empty() && state.end.is_some()
    }

    async fn wait_for_room(&self) {
        let is_full = || {
            let mut state = self.lock();
            state.producer_waits = state.is_full();
            state.producer_waits
        };
        while is_full() {
            self.room.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::error::Kind;

    impl Weigh for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    fn take(queue: &Queue<usize>) -> Poll<Option<Result<usize, Error>>> {
        queue.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn a_full_queue_holds_its_producer_until_there_is_room() {
        let queue = Queue::new();
        let producer = tokio::spawn({
            let queue = queue.clone();
            async move { queue.extend(std::iter::repeat_n(1, 1000)).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(queue.lock().pieces.len(), MAX_PIECES);
        let mut taken = 0;
        while taken < 1000 {
            match take(&queue) {
                Poll::Ready(Some(Ok(_))) => taken += 1,
                _ => tokio::task::yield_now().await,
            }
            assert!(queue.lock().pieces.len() <= MAX_PIECES);
        }
        producer.await.unwrap();
    }

    #[tokio::test]
    async fn a_held_producer_goes_on_once_half_is_gone() {
        let queue = Queue::new();
        let producer = tokio::spawn({
            let queue = queue.clone();
            async move { queue.extend(std::iter::repeat_n(1, MAX_PIECES + 1)).await }
        });
        tokio::task::yield_now().await;
        for left in (0..MAX_PIECES).rev() {
            assert!(matches!(take(&queue), Poll::Ready(Some(Ok(_)))));
            tokio::task::yield_now().await;
            let went_on = queue.lock().pieces.len() > left;
            assert_eq!(went_on, left <= MAX_PIECES / 2, "with {left} left");
            if went_on {
                return producer.await.unwrap();
            }
        }
        panic!("the producer was never woken");
    }

    #[tokio::test]
    async fn one_piece_may_be_larger_than_the_queue() {
        let queue = Queue::new();
        let fits = std::iter::once(MAX_BYTES * 3);
        tokio::time::timeout(std::time::Duration::from_millis(20), queue.extend(fits))
            .await
            .unwrap_err();
        assert!(matches!(take(&queue), Poll::Ready(Some(Ok(_)))));
        assert!(take(&queue).is_pending());
    }

    #[test]
    fn an_error_comes_once_and_after_what_was_before_it() {
        let queue = Queue::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(queue.extend([1].into_iter()));
        queue.end(Err(Error::new(Kind::NoCredentials)));
        assert!(matches!(take(&queue), Poll::Ready(Some(Ok(1)))));
        assert!(matches!(take(&queue), Poll::Ready(Some(Err(_)))));
        assert!(matches!(take(&queue), Poll::Ready(None)));
        assert!(queue.is_over());
    }
}
