//! An embedded Amazon Bedrock: a real HTTP server with deterministic models, for demos, tests and
//! benchmarks of any client. It depends on nothing of ours but the service model, so that what it
//! says about a client is said by a second implementation.
//!
//! One request's way: `server` accepts, `wire` counts (and, where a fault asks for it, breaks) the
//! bytes, `exchange` reads and answers: `host_policy` → `router` → `auth` → `validate` → an operation.
//! The chat operations meet in `chat`: a request becomes a `Prompt`, a model turns it into a `Reply`, and
//! `converse` or one of the `families` writes that as JSON or as `frames`.

mod activity;
mod answer;
mod async_invoke;
mod auth;
mod bedrock;
mod body;
mod bridge;
mod canvas;
mod chat;
mod control;
mod converse;
mod counters;
mod embedding;
mod exchange;
mod failure;
mod families;
mod faults;
mod fields;
mod frames;
mod guardrail;
mod host_policy;
mod ids;
mod input;
mod json;
mod limits;
mod model_id;
mod operations;
mod output_folder;
mod pii;
mod png;
mod request_body;
mod router;
mod sabotage;
mod scenario;
mod server;
mod sigv4;
mod sonic;
mod tls;
mod upward;
mod validate;
mod wire;

pub use bridge::Question;
pub use server::{Options, Server};
