//! Whether and when a call is attempted again, by botocore's rules: decisions without I/O.
//!
//! The caller has the loop that sends and sleeps. Before each attempt, the loop calls
//! [`Retries::permit`]. After each attempt, the loop passes the outcome to [`Attempts::after`], and
//! acts on the verdict that this returns.

mod adaptive;
mod attempts;
mod backoff;
mod failure;
mod headers;
mod legacy;
mod quota;
mod reason;
#[cfg(test)]
pub(crate) mod reference;
mod retries;
mod standard;

pub use attempts::{Attempts, Outcome, Verdict, new_invocation_id};
pub use failure::Failure;
pub use retries::Retries;
