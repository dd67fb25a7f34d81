//! A client's settings: resolved once, from its arguments, environment variables and profiles.

pub mod auth;
pub mod endpoint;
mod retries;
pub mod retry_mode;
pub mod settings;
pub mod user_agent;
