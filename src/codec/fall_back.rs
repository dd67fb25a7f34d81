//! When the fast path leaves a value to the slow path.

use serde::ser;

/// The fast path cannot handle this: ask the slow path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FallBack;

/// The error with which encoding ends. Its text is never read: every error of the fast path means
/// that it falls back.
pub(super) fn encoding<E: ser::Error>(_: impl Sized) -> E {
    E::custom("")
}
