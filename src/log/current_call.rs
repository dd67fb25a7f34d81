//! The call that a thread or a task works for. Its events go to that call's log.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::call_log::CallLog;
use super::filter::is_on;

thread_local! {
    static CURRENT: RefCell<Option<Arc<CallLog>>> = const { RefCell::new(None) };
}

/// The call that this thread works for, if events are kept.
pub fn current_call() -> Option<Arc<CallLog>> {
    if !is_on() {
        return None;
    }
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

/// The invocation id of the call that this thread works for, if events are kept.
pub fn invocation_id() -> Option<String> {
    current_call().map(|call| call.invocation_id().to_owned())
}

/// Runs `work` with `call` as the current call. Without a call, the current one stays.
pub fn in_call<T>(call: Option<&Arc<CallLog>>, work: impl FnOnce() -> T) -> T {
    let Some(call) = call else { return work() };
    let _restore = Restore(swap(Some(call.clone())));
    work()
}

/// A future that runs with the call that is current now, even if another task polls the future.
pub fn with_current_call<F>(future: F) -> WithCall<F> {
    WithCall { call: current_call(), future }
}

pin_project! {
    pub struct WithCall<F> {
        call: Option<Arc<CallLog>>,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for WithCall<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        in_call(this.call.as_ref(), || this.future.poll(context))
    }
}

struct Restore(Option<Arc<CallLog>>);

impl Drop for Restore {
    fn drop(&mut self) {
        drop(swap(self.0.take()));
    }
}

fn swap(call: Option<Arc<CallLog>>) -> Option<Arc<CallLog>> {
    CURRENT.try_with(|current| current.replace(call)).ok().flatten()
}
