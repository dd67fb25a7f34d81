//! What a stream's task has read and its consumer has not taken: bounded, and in batches.
//!
//! A channel and a semaphore cost two atomic dances for each frame; here a whole read's frames go
//! in under one lock, with one wake-up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

use crate::error::Error;

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
    producer_waits: bool,
}

impl<T> State<T> {
    fn room(&self) -> usize {
        if self.bytes >= MAX_BYTES { 0 } else { MAX_PIECES.saturating_sub(self.pieces.len()) }
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

    /// How many pieces fit in. Waits until some do.
    pub async fn room(&self) -> usize {
        loop {
            {
                let mut state = self.lock();
                let room = state.room();
                state.producer_waits = room == 0;
                if room > 0 {
                    return room;
                }
            }
            self.room.notified().await;
        }
    }

    /// Adds pieces, no more than there is [room](Queue::room) for, with one wake-up. Returns how
    /// many more fit in.
    pub fn push(&self, pieces: impl IntoIterator<Item = T>) -> usize {
        let (woken, room) = {
            let mut state = self.lock();
            for piece in pieces {
                state.bytes += piece.bytes();
                state.pieces.push_back(piece);
            }
            let woken = if state.pieces.is_empty() { None } else { state.consumer.take() };
            (woken, state.room())
        };
        woken.into_iter().for_each(Waker::wake);
        room
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

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;

    use super::*;
    use crate::error::Kind;

    impl Weigh for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    fn take(queue: &Queue<usize>) -> Poll<Option<Result<usize, Error>>> {
        queue.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn a_full_queue_holds_its_producer_until_half_of_it_is_taken() {
        let queue = Queue::new();
        let producer = tokio::spawn({
            let queue = queue.clone();
            async move {
                let mut left = 1000;
                while left > 0 {
                    let batch = left.min(queue.room().await);
                    queue.push(std::iter::repeat_n(1, batch));
                    left -= batch;
                }
            }
        });
        tokio::task::yield_now().await;
        for left in (MAX_PIECES / 2 + 1..=MAX_PIECES).rev() {
            assert_eq!(queue.lock().pieces.len(), left);
            assert!(take(&queue).is_ready());
            tokio::task::yield_now().await;
        }
        assert_eq!(queue.lock().pieces.len(), MAX_PIECES);
        let mut taken = MAX_PIECES / 2;
        while taken < 1000 {
            assert!(queue.lock().pieces.len() <= MAX_PIECES);
            match take(&queue) {
                Poll::Ready(_) => taken += 1,
                Poll::Pending => tokio::task::yield_now().await,
            }
        }
        producer.await.unwrap();
    }

    #[tokio::test]
    async fn one_piece_may_be_larger_than_the_queue() {
        let queue = Queue::new();
        queue.push([MAX_BYTES * 3]);
        let room = queue.room();
        tokio::pin!(room);
        let mut context = Context::from_waker(Waker::noop());
        assert!(room.as_mut().poll(&mut context).is_pending());
        assert!(matches!(take(&queue), Poll::Ready(Some(Ok(_)))));
        assert_eq!(room.poll(&mut context), Poll::Ready(MAX_PIECES));
        assert!(take(&queue).is_pending());
    }

    #[test]
    fn an_error_comes_once_and_after_what_was_before_it() {
        let queue = Queue::new();
        queue.push([1]);
        queue.end(Err(Error::new(Kind::NoCredentials)));
        assert!(matches!(take(&queue), Poll::Ready(Some(Ok(1)))));
        assert!(matches!(take(&queue), Poll::Ready(Some(Err(_)))));
        assert!(matches!(take(&queue), Poll::Ready(None)));
        assert!(queue.is_over());
    }
}
