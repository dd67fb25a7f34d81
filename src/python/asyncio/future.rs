//! What a coroutine yields to its task while it waits: a Future of our own.
//!
//! An asyncio Future has the task go on in the loop's next round, by way of a Handle in the loop's
//! queue, which costs a tenth of what a paced event does. A mailbox is emptied by a callback of the
//! loop itself, between tasks: from there the task can go on at once.

use pyo3::exceptions::asyncio::{CancelledError, InvalidStateError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

use crate::python::interpreter::imported::Imported;
use crate::python::interpreter::python_calls;

/// What tasks use of an asyncio Future.
#[pyclass(module = "fastbedrock._core")]
pub struct Waiter {
    event_loop: Py<PyAny>,
    state: State,
    callbacks: Vec<Callback>,
    /// Says to a task that this was yielded by `await`.
    #[pyo3(get, set, name = "_asyncio_future_blocking")]
    blocking: bool,
}

enum State {
    Pending,
    Resolved,
    /// With the message of the CancelledError.
    Cancelled(Option<Py<PyAny>>),
}

/// A call of `context.run(function, waiter)`.
pub type Step<'py> = (Py<PyAny>, Py<PyAny>, Bound<'py, Waiter>);

struct Callback {
    function: Py<PyAny>,
    context: Py<PyAny>,
}

impl Waiter {
    pub fn new(event_loop: Py<PyAny>) -> Self {
        Waiter { event_loop, state: State::Pending, callbacks: Vec::new(), blocking: true }
    }

    /// What has the task go on, for a callback of the loop to call: context, function, argument.
    /// Nothing, once it has ended.
    pub fn resume<'py>(slf: Bound<'py, Self>) -> Vec<Step<'py>> {
        let callbacks = Self::end(&slf, State::Resolved).unwrap_or_default().into_iter();
        callbacks.map(|Callback { function, context }| (context, function, slf.clone())).collect()
    }

    /// Has the task go on in the loop's next round. Nothing, once it has ended.
    pub fn go_on_soon(slf: &Bound<'_, Self>) -> PyResult<()> {
        Self::end(slf, State::Resolved).map_or(Ok(()), |callbacks| Self::call_soon(slf, callbacks))
    }

    /// Who waits, unless it had ended before.
    fn end(slf: &Bound<'_, Self>, state: State) -> Option<Vec<Callback>> {
        let mut this = slf.borrow_mut();
        if this.done() {
            return None;
        }
        this.state = state;
        Some(std::mem::take(&mut this.callbacks))
    }

    fn call_soon(slf: &Bound<'_, Self>, callbacks: Vec<Callback>) -> PyResult<()> {
        let py = slf.py();
        let event_loop = slf.borrow().get_loop(py);
        for Callback { function, context } in callbacks {
            let in_context = [("context", context)].into_py_dict(py)?;
            let call_soon = pyo3::intern!(py, "call_soon");
            let event_loop = event_loop.bind(py);
            python_calls::call_method(event_loop, call_soon, (function, slf), Some(&in_context))?;
        }
        Ok(())
    }
}

#[pymethods]
impl Waiter {
    fn get_loop(&self, py: Python<'_>) -> Py<PyAny> {
        self.event_loop.clone_ref(py)
    }

    fn done(&self) -> bool {
        !matches!(self.state, State::Pending)
    }

    fn cancelled(&self) -> bool {
        matches!(self.state, State::Cancelled(_))
    }

    /// None once the task can go on. Raises CancelledError, and InvalidStateError before.
    fn result(&self, py: Python<'_>) -> PyResult<()> {
        match &self.state {
            State::Pending => Err(InvalidStateError::new_err("Result is not set.")),
            State::Resolved => Ok(()),
            State::Cancelled(None) => Err(CancelledError::new_err(())),
            State::Cancelled(Some(message)) => {
                Err(CancelledError::new_err((message.clone_ref(py),)))
            }
        }
    }

    #[pyo3(signature = (callback, *, context=None))]
    fn add_done_callback(
        slf: &Bound<'_, Self>,
        callback: Py<PyAny>,
        context: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let context = match context {
            Some(context) => context,
            None => {
                static COPY: Imported = Imported::new("contextvars", "copy_context");
                python_calls::call_function(py, &COPY, ())?.unbind()
            }
        };
        let callback = Callback { function: callback, context };
        if slf.borrow().done() {
            return Self::call_soon(slf, vec![callback]);
        }
        slf.borrow_mut().callbacks.push(callback);
        Ok(())
    }

    #[pyo3(signature = (msg=None))]
    fn cancel(slf: &Bound<'_, Self>, msg: Option<Py<PyAny>>) -> PyResult<bool> {
        match Self::end(slf, State::Cancelled(msg)) {
            Some(callbacks) => Self::call_soon(slf, callbacks).map(|()| true),
            None => Ok(false),
        }
    }

    /// asyncio's Future: anyio asks `isinstance` before it cancels a task.
    #[getter]
    fn __class__<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        static FUTURE: Imported = Imported::new("asyncio", "Future");
        FUTURE.get(py)
    }

    fn __repr__(&self) -> &'static str {
        match self.state {
            State::Pending => "<Waiter pending>",
            State::Resolved => "<Waiter resolved>",
            State::Cancelled(_) => "<Waiter cancelled>",
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.event_loop)?;
        if let State::Cancelled(message) = &self.state {
            visit.call(message)?;
        }
        self.callbacks.iter().try_for_each(|callback| {
            visit.call(&callback.function)?;
            visit.call(&callback.context)
        })
    }

    fn __clear__(&mut self) {
        self.callbacks.clear();
    }
}
