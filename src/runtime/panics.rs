//! Errors for work that ended without a result, because it panicked or because the runtime was shut
//! down. Callers handle them like any other error.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use tokio::task::JoinError;

use crate::error::{Error, Kind};

/// The message of a panic.
pub fn text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

/// The error for a panic that was caught.
pub fn error(payload: &(dyn Any + Send)) -> Error {
    let error = format!("fastbedrock panicked, which is a bug in it: {}", text(payload));
    Error::new(Kind::HttpClient { error })
}

/// The error for a task of the runtime that ended without a result.
pub fn ended_early(ended: JoinError) -> Error {
    match ended.try_into_panic() {
        Ok(payload) => error(&*payload),
        Err(_) => shut_down(),
    }
}

/// The error for work that was cut off when the runtime was shut down.
pub fn shut_down() -> Error {
    Error::new(Kind::HttpClient { error: "the runtime was shut down".to_owned() })
}

/// Calls `work`, and turns a panic into an error.
///
/// No value that a panic left half changed is used afterwards: only values behind locks are used
/// after a panic, and each change of such a value is a single step.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| error(&*payload))
}

/// Awaits `work`, and turns a panic into an error. `work` must not be polled after that error.
pub async fn caught_in<T>(
    mut work: Pin<&mut impl Future<Output = Result<T, Error>>>,
) -> Result<T, Error> {
    poll_fn(|context| {
        caught(|| work.as_mut().poll(context)).unwrap_or_else(|error| Poll::Ready(Err(error)))
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[test]
    fn the_error_says_that_it_is_a_bug_and_what_panicked() {
        let number = 7;
        type Work = Box<dyn FnOnce() -> u8>;
        let works: [(Work, &str); 4] = [
            (Box::new(|| panic!("plain")), "plain"),
            (Box::new(move || panic!("with a {number}")), "with a 7"),
            (Box::new(|| std::panic::panic_any(7)), "no text"),
            (Box::new(|| Vec::new()[0]), "index out of bounds"),
        ];
        for (work, text) in works {
            let error = caught(work).unwrap_err();
            assert_eq!(error.class_name(), "HTTPClientError");
            assert!(error.to_string().contains("bug"), "{error}");
            assert!(error.to_string().contains(text), "{error}");
        }
        assert_eq!(caught(|| 5).unwrap(), 5);
    }

    #[tokio::test]
    async fn a_future_may_panic_at_any_poll() {
        let work = pin!(async {
            tokio::task::yield_now().await;
            if true {
                panic!("late");
            }
            Ok(())
        });
        assert!(caught_in(work).await.unwrap_err().to_string().contains("late"));
    }
}
