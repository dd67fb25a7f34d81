//! Ctrl-C while a call waits with the GIL released.

use pyo3::prelude::*;

use super::gil;

/// Runs Python's signal handlers; an error is the exception that one raised.
///
/// Only the main thread handles signals, elsewhere this does nothing.
pub fn look() -> PyResult<()> {
    gil::attach(|py| py.check_signals())
}
