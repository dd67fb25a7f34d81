//! Python values ⇄ wire JSON, guided by a shape, in one pass and with no struct per shape.
//!
//! This is the fast path. It handles well-formed calls and responses. At the first oddity it falls
//! back ([`FallBack`]), before anything is sent or returned, and the slow path (`fastbedrock._slow`,
//! in Python) produces botocore's exact report or value. The fast path never guesses: its results
//! are those that the slow path would give.

mod decode;
mod encode;
mod fall_back;
#[cfg(test)]
mod fuzz_seeds_tests;
mod member_names;
#[cfg(test)]
mod round_trip_tests;
mod timestamps;

pub use decode::{Scalars, body, pausing, structure};
pub use encode::{Encoded, request, shared};
pub use member_names::MemberNames;
