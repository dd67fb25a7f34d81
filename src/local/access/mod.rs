//! Which requests the server accepts: their hosts and origins, their keys and signatures.

pub(crate) mod authenticator;
mod authority;
pub(crate) mod host_policy;
mod sigv4;
