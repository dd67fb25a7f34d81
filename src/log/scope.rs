//! Which call's events a thread makes at the moment.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{CallLog, is_on};

thread_local! {
    static CURRENT: RefCell<Option<Arc<CallLog>>> = const { RefCell::new(None) };
    static MUTED: Cell<bool> = const { Cell::new(false) };
}

/// The call that this thread works for, if its events are wanted.
pub fn current() -> Option<Arc<CallLog>> {
    if !is_on() {
        return None;
    }
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

/// Does work for a call.
pub fn within<T>(call: Option<&Arc<CallLog>>, work: impl FnOnce() -> T) -> T {
    let Some(call) = call else { return work() };
    let _previous = Previous(swap(Some(call.clone())));
    work()
}

/// Does work of which no events are kept: a handler of records that makes calls would otherwise
/// be called for these, without end.
pub fn muted<T>(work: impl FnOnce() -> T) -> T {
    let _previous = Unmuting(MUTED.replace(true));
    work()
}

pub fn is_muted() -> bool {
    MUTED.try_with(Cell::get).unwrap_or(true)
}

/// Takes the current call along into a task.
pub fn carry<F>(future: F) -> Carried<F> {
    Carried { call: current(), future }
}

pin_project! {
    pub struct Carried<F> {
        call: Option<Arc<CallLog>>,
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Carried<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        within(this.call.as_ref(), || this.future.poll(context))
    }
}

struct Previous(Option<Arc<CallLog>>);

impl Drop for Previous {
    fn drop(&mut self) {
        drop(swap(self.0.take()));
    }
}

struct Unmuting(bool);

impl Drop for Unmuting {
    fn drop(&mut self) {
        MUTED.set(self.0);
    }
}

fn swap(call: Option<Arc<CallLog>>) -> Option<Arc<CallLog>> {
    CURRENT.try_with(|current| current.replace(call)).ok().flatten()
}
