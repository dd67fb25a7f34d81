//! Ctrl-C while a thread waits with the GIL released.

use pyo3::prelude::*;

use super::interpreter::imported::Imported;
use super::interpreter::{gil, python_calls};
use super::{errors, logging};
use crate::error::Error;

/// Why a wait ended without a result.
pub enum Stop {
    /// A signal handler raised this.
    Interrupted(PyErr),
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

impl Stop {
    pub fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Stop::Interrupted(exception) => exception,
            Stop::Failed(error) => errors::exception(py, &error),
        }
    }
}

/// A check that a waiting thread makes about every 100 ms. It runs the handlers of signals that
/// have arrived, and logs the events of the call so far.
///
/// Only the main thread handles signals. Another thread takes the GIL once to find out that it is
/// not the main one, and never again: a thousand waiting threads would keep the interpreter busy.
pub fn watch() -> impl FnMut() -> Result<(), Stop> {
    let mut may_handle_signals = true;
    move || {
        logging::flush_waiting().map_err(Stop::Interrupted)?;
        if !may_handle_signals {
            return Ok(());
        }
        let handled = gil::try_attach(|py| {
            py.check_signals()?;
            may_handle_signals = is_main_thread(py)?;
            Ok(())
        });
        // An interpreter that is exiting runs no handlers.
        handled.unwrap_or(Ok(())).map_err(Stop::Interrupted)
    }
}

fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    static MAIN: Imported = Imported::new("threading", "main_thread");
    static CURRENT: Imported = Imported::new("threading", "get_ident");
    let main = python_calls::call_function(py, &MAIN, ())?;
    let current = python_calls::call_function(py, &CURRENT, ())?;
    python_calls::attribute(&main, pyo3::intern!(py, "ident"))?.eq(current)
}
