//! What the retry rules ask about an attempt without a response.

use crate::error::Error;

/// What the retry rules ask about an attempt without a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// See [`Error::is_transient`].
    pub transient: bool,
    /// See [`Error::is_unclassified`].
    pub unclassified: bool,
    /// See [`Error::may_have_run`].
    pub may_have_run: bool,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Failure {
            transient: error.is_transient(),
            unclassified: error.is_unclassified(),
            may_have_run: error.may_have_run(),
        }
    }
}
