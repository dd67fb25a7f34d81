//! From an HTTP request to the checked input of an operation.

pub(crate) mod checked;
pub(crate) mod input;
pub(crate) mod router;
pub(crate) mod validate;
