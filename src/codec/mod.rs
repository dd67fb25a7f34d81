//! Python values ⇄ wire JSON, guided by a shape, in one pass and with no struct per shape.
//!
//! This is the fast path. It handles what well-formed calls and answers look like and falls back
//! ([`FallBack`]) at the first oddity, before anything is sent or returned; the slow path
//! (`fastbedrock._slow`, in Python) then produces botocore's exact report or odd value. It never
//! guesses: whatever it answers, the slow path answers too.

mod base64;
mod decode;
mod encode;
mod member_names;
#[cfg(test)]
mod round_trip_tests;

pub use decode::{Scalars, pausing, structure};
pub use encode::{Encoded, request};
pub use member_names::MemberNames;

/// The fast path declines: ask the slow path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FallBack;

/// Nesting beyond this goes to the slow path, which fails as Python's own recursion limit does.
const MAX_DEPTH: usize = 100;
