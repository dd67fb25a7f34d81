//! The chat models: the same prompt always gets the same reply.

pub(crate) mod callable;
pub(crate) mod draft;
pub(crate) mod echo;
pub(crate) mod prompt;
pub(crate) mod prompt_cache;
pub(crate) mod reply;
mod schema_value;
pub(crate) mod tokens;
