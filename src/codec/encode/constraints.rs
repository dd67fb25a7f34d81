//! The constraints that botocore checks before it sends a call.

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::codec::fall_back::FallBack;
use crate::model::{Member, Range, Structure};

/// The members of one structure value that have been seen.
pub struct SeenMembers {
    structure: &'static Structure,
    /// One bit for each member. The slow path handles members beyond the 64th.
    bits: u64,
}

impl SeenMembers {
    pub fn new(structure: &'static Structure) -> Self {
        SeenMembers { structure, bits: 0 }
    }

    pub fn add(&mut self, key: &Bound<'_, PyAny>) -> Result<(usize, &'static Member), FallBack> {
        let name = key.cast_exact::<PyString>().map_err(|_| FallBack)?;
        let (index, member) =
            self.structure.member(name.to_str().map_err(|_| FallBack)?).ok_or(FallBack)?;
        self.mark(index)?;
        Ok((index, member))
    }

    /// Adds the member with this index. `None` if it has been seen before.
    pub fn add_missing(&mut self, index: usize) -> Result<Option<&'static Member>, FallBack> {
        if self.contains(index) {
            return Ok(None);
        }
        self.mark(index)?;
        self.structure.members().get(index).ok_or(FallBack).map(Some)
    }

    pub fn check_required(&self) -> Result<(), FallBack> {
        if self.structure.required.iter().all(|index| self.contains(*index)) {
            Ok(())
        } else {
            Err(FallBack)
        }
    }

    fn mark(&mut self, index: usize) -> Result<(), FallBack> {
        if index >= 64 {
            return Err(FallBack);
        }
        self.bits |= 1 << index;
        Ok(())
    }

    fn contains(&self, index: usize) -> bool {
        index < 64 && self.bits & (1 << index) != 0
    }
}

/// Whether the text has fewer than `min` characters.
pub fn is_shorter(text: &str, min: usize) -> bool {
    // A character has one to four bytes, so characters are counted only if the bytes do not decide.
    text.len() < min || (min > 1 && text.len() < 4 * min && text.chars().count() < min)
}

pub fn is_in_range(value: f64, range: &Range) -> bool {
    range.min.is_none_or(|min| value >= min)
}
