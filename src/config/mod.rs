//! What a client works with, put together once from its arguments, the environment and profiles.

pub mod auth;
pub mod endpoint;
pub mod retry_mode;
pub mod settings;
pub mod user_agent;
