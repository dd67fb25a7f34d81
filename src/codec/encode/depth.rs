//! How deeply a value may be nested.

use std::cell::Cell;

use crate::codec::fall_back::FallBack;

/// The slow path handles deeper nesting, up to Python's own recursion limit.
const MAX_DEPTH: usize = 100;

/// Counts one level of nesting until it is dropped.
pub struct DepthGuard<'a>(&'a Cell<usize>);

impl<'a> DepthGuard<'a> {
    pub fn enter(depth: &'a Cell<usize>) -> Result<Self, FallBack> {
        if depth.get() >= MAX_DEPTH {
            return Err(FallBack);
        }
        depth.set(depth.get() + 1);
        Ok(DepthGuard(depth))
    }
}

impl Drop for DepthGuard<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
