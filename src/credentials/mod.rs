//! AWS credentials: retrieved as botocore retrieves them, and refreshed without delaying calls.

mod cache;
mod chain;
mod expiration;
mod given;
mod identity;
mod identity_clients;
pub mod identity_http;
mod json;
mod mfa;
mod providers;
mod retrieval;
mod session;
mod signing_key;
mod source;
#[cfg(test)]
mod tests;

pub use cache::CredentialsCache;
pub use given::GivenIdentities;
pub use identity::Identity;
pub use identity_clients::IdentityClients;
pub use session::SessionCredentials;
pub use signing_key::{ALGORITHM, SigningKey, SigningTime};
pub use source::CredentialSource;
