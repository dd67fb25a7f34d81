//! A bounded queue between a task that reads a stream and the stream's consumer.
//!
//! A channel and a semaphore would cost two atomic operations for each frame. Here the frames of one
//! read are one item.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::Notify;

use crate::error::Error;

/// Once the queue holds this much, the producer waits until half of it has been taken. If the
/// producer continued as soon as one item fits, a slow consumer would wake the producer for each
/// item.
const MAX_BYTES: usize = 1 << 20;
/// About as many small events as one read of the socket returns. Their bytes are in memory then, and a
/// lower limit would only make the two threads wait for each other more often.
const MAX_ITEMS: usize = 1024;

/// An item with a size that counts towards the queue's limits.
pub trait QueueItem {
    fn byte_size(&self) -> usize;

    /// How many of the items that the queue may hold this one counts for.
    fn item_count(&self) -> usize {
        1
    }
}

pub struct BoundedQueue<T> {
    state: Mutex<State<T>>,
    /// Notified when the queue can take items again.
    capacity_freed: Notify,
}

struct State<T> {
    items: VecDeque<T>,
    bytes: usize,
    count: usize,
    /// Set once, when no more items will be added. The consumer gets an error after the items.
    end: Option<Result<(), Error>>,
    consumer: Option<Waker>,
    producer_waits: bool,
}

impl<T> State<T> {
    /// How many more items fit.
    fn capacity(&self) -> usize {
        if self.bytes >= MAX_BYTES { 0 } else { MAX_ITEMS.saturating_sub(self.count) }
    }

    fn is_half_empty(&self) -> bool {
        self.bytes <= MAX_BYTES / 2 && self.count <= MAX_ITEMS / 2
    }
}

impl<T: QueueItem> BoundedQueue<T> {
    pub fn new() -> Arc<Self> {
        let state = State {
            items: VecDeque::new(),
            bytes: 0,
            count: 0,
            end: None,
            consumer: None,
            producer_waits: false,
        };
        Arc::new(BoundedQueue { state: Mutex::new(state), capacity_freed: Notify::new() })
    }

    /// Waits until the queue can take items, and returns how many fit.
    pub async fn wait_for_capacity(&self) -> usize {
        loop {
            {
                let mut state = self.lock();
                let capacity = state.capacity();
                state.producer_waits = capacity == 0;
                if capacity > 0 {
                    return capacity;
                }
            }
            self.capacity_freed.notified().await;
        }
    }

    /// Adds an item, which fits, with one wake-up. Returns how many more fit.
    pub fn push(&self, item: T) -> usize {
        let (consumer, capacity) = {
            let mut state = self.lock();
            state.bytes += item.byte_size();
            state.count += item.item_count();
            state.items.push_back(item);
            (state.consumer.take(), state.capacity())
        };
        consumer.into_iter().for_each(Waker::wake);
        capacity
    }

    /// Ends the queue: no more items will be added. The first call decides whether the consumer
    /// gets an error or the end after the items.
    pub fn end(&self, outcome: Result<(), Error>) {
        let consumer = {
            let mut state = self.lock();
            state.end.get_or_insert(outcome);
            state.consumer.take()
        };
        consumer.into_iter().for_each(Waker::wake);
    }

    /// The next item. After the last item comes the error that ended the queue, if there was one, and
    /// then `Ready(None)`.
    pub fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        let mut state = self.lock();
        let Some(item) = state.items.pop_front() else {
            if let Some(end) = &mut state.end {
                return Poll::Ready(std::mem::replace(end, Ok(())).err().map(Err));
            }
            state.consumer = Some(context.waker().clone());
            return Poll::Pending;
        };
        state.bytes -= item.byte_size();
        state.count -= item.item_count();
        let wakes_producer = state.producer_waits && state.is_half_empty();
        state.producer_waits &= !wakes_producer;
        drop(state);
        if wakes_producer {
            self.capacity_freed.notify_one();
        }
        Poll::Ready(Some(Ok(item)))
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

    impl QueueItem for usize {
        fn byte_size(&self) -> usize {
            *self
        }
    }

    /// Several small items in one.
    #[derive(Debug)]
    struct Several(usize);

    impl QueueItem for Several {
        fn byte_size(&self) -> usize {
            self.0
        }

        fn item_count(&self) -> usize {
            self.0
        }
    }

    fn take<T: QueueItem>(queue: &BoundedQueue<T>) -> Poll<Option<Result<T, Error>>> {
        queue.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn the_producer_of_a_full_queue_waits_until_half_of_it_is_taken() {
        const ALL: usize = 4 * MAX_ITEMS;
        let queue = BoundedQueue::new();
        let producer = tokio::spawn({
            let queue = queue.clone();
            async move {
                let mut left = ALL;
                while left > 0 {
                    let batch = left.min(queue.wait_for_capacity().await);
                    for _ in 0..batch {
                        queue.push(1);
                    }
                    left -= batch;
                }
            }
        });
        tokio::task::yield_now().await;
        for left in (MAX_ITEMS / 2 + 1..=MAX_ITEMS).rev() {
            assert_eq!(queue.lock().items.len(), left);
            assert!(take(&queue).is_ready());
            tokio::task::yield_now().await;
        }
        assert_eq!(queue.lock().items.len(), MAX_ITEMS);
        let mut taken = MAX_ITEMS / 2;
        while taken < ALL {
            assert!(queue.lock().items.len() <= MAX_ITEMS);
            match take(&queue) {
                Poll::Ready(_) => taken += 1,
                Poll::Pending => tokio::task::yield_now().await,
            }
        }
        producer.await.unwrap();
    }

    #[tokio::test]
    async fn one_item_may_be_larger_than_the_queue() {
        let queue = BoundedQueue::new();
        queue.push(MAX_BYTES * 3);
        let capacity = queue.wait_for_capacity();
        tokio::pin!(capacity);
        let mut context = Context::from_waker(Waker::noop());
        assert!(capacity.as_mut().poll(&mut context).is_pending());
        assert!(matches!(take(&queue), Poll::Ready(Some(Ok(_)))));
        assert_eq!(capacity.poll(&mut context), Poll::Ready(MAX_ITEMS));
        assert!(take(&queue).is_pending());
    }

    #[tokio::test]
    async fn an_item_may_count_for_several() {
        let queue = BoundedQueue::new();
        assert_eq!(queue.push(Several(MAX_ITEMS - 1)), 1);
        assert_eq!(queue.push(Several(1)), 0);
        assert!(take(&queue).is_ready());
        assert_eq!(queue.wait_for_capacity().await, MAX_ITEMS - 1);
    }

    #[test]
    fn an_error_comes_once_and_after_the_items() {
        let queue = BoundedQueue::new();
        queue.push(1);
        queue.end(Err(Error::new(Kind::NoCredentials)));
        assert!(matches!(take(&queue), Poll::Ready(Some(Ok(1)))));
        assert!(matches!(take(&queue), Poll::Ready(Some(Err(_)))));
        assert!(matches!(take(&queue), Poll::Ready(None)));
        assert!(matches!(take(&queue), Poll::Ready(None)));
    }
}
