//! An embedded Amazon Bedrock: a real HTTP server with deterministic models, for demos, tests and
//! benchmarks of any client. It shares only the service model with the client, so that the two are
//! independent implementations of the same protocol.
//!
//! The life of a request: `server` accepts the connection, reads the request, checks its host
//! (`access`), finds its operation and checks its input (`request`), checks who sent it (`access`),
//! and runs the operation (`operations`). A chat operation reads the request's body into a `Prompt`
//! (`families`), gets a `Reply` (`chat`, `scenario`), and writes it as JSON or as event-stream
//! frames (`families`, `event_stream`). `http` sends the response; `faults` may damage it.
//!
//! The folders, each of which may use only the ones below it:
//!
//! | folder | owns |
//! |---|---|
//! | `server` | listening, connections, handling a request, the control API under `/_local/` |
//! | `operations` | the operations, a folder for each service, and the state that they share |
//! | `request` | routing, reading and validating a request by the service model |
//! | `scenario` | the settings: scripted replies, rate limits, the folder that stands for S3 |
//! | `families` | the request and response bodies of chat models |
//! | `knowledge` | knowledge bases: texts, chunks, their ranking and citation |
//! | `media` | embeddings, images, speech |
//! | `guardrails` | what a guardrail finds in a text |
//! | `faults` | injected faults: which requests they hit, and what they do |
//! | `chat` | prompts, replies, tokens, the echoing model, the prompt cache |
//! | `http` | the socket, and the bodies of requests and responses |
//! | `event_stream` | frames of responses, signed events of requests |
//! | `access` | which hosts, origins, keys and signatures are accepted |
//! | `json` | access to JSON values, strict reading of settings |
//!
//! `counters` and `ids` are below all of them; `service_error` uses `json` and nothing else.

mod access;
mod chat;
mod counters;
mod event_stream;
mod families;
mod faults;
mod guardrails;
mod http;
mod ids;
mod json;
mod knowledge;
mod media;
mod operations;
mod request;
mod scenario;
mod server;
mod service_error;

pub use chat::callable::{CallableRequest, NoRequest};
pub use server::lifecycle::Server;
pub use server::options::Options;
