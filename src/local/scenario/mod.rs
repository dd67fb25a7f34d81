//! The scenario: what a server does beyond its defaults.

pub(crate) mod agents;
pub(crate) mod async_invoke;
pub(crate) mod knowledge_bases;
pub(crate) mod output_folder;
mod owned_folder;
pub(crate) mod rate_limit;
pub(crate) mod requester;
pub(crate) mod script;
pub(crate) mod scripted_reply;
pub(crate) mod settings;
pub(crate) mod unimplemented;
