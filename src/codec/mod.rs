//! Python values ⇄ wire JSON, guided by a shape, in one pass and with no struct per shape.
//!
//! This is the fast tier. It handles what well-formed calls and answers look like and gives up
//! ([`GiveUp`]) at the first oddity, before anything is sent or returned; the slow tier
//! (`fastbedrock._wire`, in Python) then produces botocore's exact report or odd value. It never
//! guesses: whatever it answers, the slow tier answers too.

mod base64;
mod decode;
mod encode;
mod keys;
#[cfg(test)]
mod roundtrip;

pub use decode::{Scalars, pausing, structure};
pub use encode::{Encoded, request};
pub use keys::Keys;

/// The fast tier declines: ask the slow tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GiveUp;

/// Nesting beyond this goes to the slow tier, which fails as Python's own recursion limit does.
const MAX_DEPTH: usize = 100;
