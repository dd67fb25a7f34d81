//! When the fast path leaves a value to the slow path.

/// The fast path cannot handle this: ask the slow path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FallBack;

/// The slow path handles deeper nesting, up to Python's own recursion limit.
pub(super) const MAX_DEPTH: usize = 100;
