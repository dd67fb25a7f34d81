//! Ctrl-C while a thread waits with the GIL released.

use pyo3::prelude::*;

use super::interpreter::imported::Imported;
use super::interpreter::{gil, python_calls};
use super::{errors, logging};
use crate::error::Error;

/// Why a wait ended without a result.
pub enum Stop {
    /// A signal's handler raised this.
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

/// What one wait asks now and then: it runs the handlers of the signals that came, and logs what
/// the wait is for.
///
/// Only the main thread handles signals. Any other takes the GIL once to find out that it is
/// another, then never again: a thousand waiting threads would keep the interpreter busy.
pub fn watch() -> impl FnMut() -> Result<(), Stop> {
    let mut may_come = true;
    move || {
        logging::flush_waiting().map_err(Stop::Interrupted)?;
        if !may_come {
            return Ok(());
        }
        let looked = gil::try_attach(|py| {
            py.check_signals()?;
            may_come = is_main_thread(py)?;
            Ok(())
        });
        // Nothing to see where the interpreter is on its way out.
        looked.unwrap_or(Ok(())).map_err(Stop::Interrupted)
    }
}

fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    static MAIN: Imported = Imported::new("threading", "main_thread");
    static CURRENT: Imported = Imported::new("threading", "get_ident");
    let main = python_calls::call_function(py, &MAIN, ())?;
    let current = python_calls::call_function(py, &CURRENT, ())?;
    // The identity is a property in Python.
    python_calls::within(py, || main.getattr("ident")?.eq(current))
}
