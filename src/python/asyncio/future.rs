//! What a coroutine yields to its task while it waits: a Future of our own.
//!
//! An asyncio Future resumes its task in the loop's next iteration, through a Handle in the loop's
//! queue, which costs a tenth of the CPU time of a paced event. The wake-up queue is emptied by a
//! callback of the loop, between tasks. Such a callback can resume the task at once.

use pyo3::exceptions::asyncio::{CancelledError, InvalidStateError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyCFunction};

use crate::python::interpreter::imported::Imported;
use crate::python::interpreter::python_calls;

/// The part of an asyncio Future's interface that tasks use.
#[pyclass(module = "fastbedrock._core")]
pub struct WakeUpFuture {
    event_loop: Py<PyAny>,
    state: State,
    callbacks: Vec<Callback>,
    /// Tells a task that this was yielded by `await`.
    #[pyo3(get, set, name = "_asyncio_future_blocking")]
    blocking: bool,
}

enum State {
    Pending,
    Resolved,
    /// With the message of the CancelledError.
    Cancelled(Option<Py<PyAny>>),
}

/// Context, function and argument: to be called as `context.run(function, future)`.
pub type ContextRun<'py> = (Py<PyAny>, Py<PyAny>, Bound<'py, PyAny>);

struct Callback {
    function: Py<PyAny>,
    context: Py<PyAny>,
}

impl WakeUpFuture {
    pub fn new(event_loop: Py<PyAny>) -> Self {
        WakeUpFuture { event_loop, state: State::Pending, callbacks: Vec::new(), blocking: true }
    }

    /// Resolves the future. Returns the call that resumes the task; the caller, a callback of the
    /// loop, makes it. `None` if the future was done already. Other callbacks than the first, which
    /// no task adds, are called in the loop's next iteration.
    ///
    /// `done` is an asyncio Future without a value. Callbacks written in C get it in place of this
    /// future. A task of asyncio's C code only asks how its future ended. To ask another object than
    /// an asyncio Future, it calls a method by name, which costs a tenth of its step.
    pub fn resolve<'py>(
        slf: Bound<'py, Self>,
        done: &Bound<'py, PyAny>,
    ) -> PyResult<Option<ContextRun<'py>>> {
        let mut callbacks = Self::end(&slf, State::Resolved).unwrap_or_default().into_iter();
        let Some(Callback { function, context }) = callbacks.next() else { return Ok(None) };
        Self::call_soon(&slf, callbacks)?;
        let in_c = function.bind(slf.py()).is_exact_instance_of::<PyCFunction>();
        Ok(Some((context, function, if in_c { done.clone() } else { slf.into_any() })))
    }

    /// Resolves the future and resumes the task in the loop's next iteration.
    pub fn resolve_soon(slf: &Bound<'_, Self>) -> PyResult<()> {
        Self::end(slf, State::Resolved).map_or(Ok(()), |callbacks| Self::call_soon(slf, callbacks))
    }

    /// The callbacks to call; `None` if the future was done already.
    fn end(slf: &Bound<'_, Self>, state: State) -> Option<Vec<Callback>> {
        let mut this = slf.borrow_mut();
        if this.done() {
            return None;
        }
        this.state = state;
        Some(std::mem::take(&mut this.callbacks))
    }

    fn call_soon(
        slf: &Bound<'_, Self>,
        callbacks: impl IntoIterator<Item = Callback>,
    ) -> PyResult<()> {
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
impl WakeUpFuture {
    fn get_loop(&self, py: Python<'_>) -> Py<PyAny> {
        self.event_loop.clone_ref(py)
    }

    fn done(&self) -> bool {
        !matches!(self.state, State::Pending)
    }

    fn cancelled(&self) -> bool {
        matches!(self.state, State::Cancelled(_))
    }

    /// Returns None once the task can resume. Raises CancelledError if the future was cancelled,
    /// and InvalidStateError while the future is pending.
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
            return Self::call_soon(slf, [callback]);
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

    /// asyncio's Future, because anyio checks `isinstance` before it cancels a task.
    #[getter]
    fn __class__<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        static FUTURE: Imported = Imported::new("asyncio", "Future");
        FUTURE.get(py)
    }

    fn __repr__(&self) -> &'static str {
        match self.state {
            State::Pending => "<WakeUpFuture pending>",
            State::Resolved => "<WakeUpFuture resolved>",
            State::Cancelled(_) => "<WakeUpFuture cancelled>",
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
