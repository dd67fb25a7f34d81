//! Log events: what happens in a call, for Python's `logging`.
//!
//! An event is a plain value in a buffer. Each call has its own buffer, so that the Python side can
//! make the records of a call in the caller's thread or task and context. Events that belong to no
//! call, or that come after its end, go to a buffer of the process.

mod background;
mod buffer;
mod call_log;
mod client;
mod connections;
mod credentials;
mod current_call;
mod emit;
mod event;
mod filter;
mod retries;

pub use background::{has_background_events, keep_in_background, take_background_events};
pub use call_log::CallLog;
pub use client::*;
pub use connections::*;
pub use credentials::*;
pub use current_call::{current_call, in_call, invocation_id, with_current_call};
pub use event::{Event, Level, Value};
pub use filter::{is_on, muted, now, set_level};
pub use retries::*;
