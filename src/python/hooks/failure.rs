//! Why the last request of a call got no response.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;

use crate::error::Error;
use crate::python::errors;

/// Why the last request got no response. The retry rules ask for more than the exception tells.
#[derive(Clone, Default)]
pub struct LastFailure(Arc<Mutex<Option<Error>>>);

impl LastFailure {
    /// Keeps the error, and returns the exception for it.
    pub fn keep(&self, py: Python<'_>, error: Error) -> PyErr {
        let exception = errors::exception(py, &error);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        exception
    }

    pub fn last(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
