//! AWS keys, and where they were found.

use std::fmt;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::identity::Identity as SigningIdentity;

/// One set of AWS keys. Debug output hides them; memory is wiped when the last copy goes.
#[derive(Clone)]
pub struct Identity {
    credentials: Credentials,
    /// The same in the form that the signer takes, made once instead of per call.
    signing: SigningIdentity,
    method: &'static str,
}

impl Identity {
    /// `expires`: when the keys stop working, where they do. `method`: botocore's name of the
    /// way in which they were found, e.g. `env` or `assume-role`.
    pub fn new(
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
        session_token: Option<String>,
        expires: Option<SystemTime>,
        method: &'static str,
    ) -> Self {
        let credentials =
            Credentials::new(access_key_id, secret_access_key, session_token, expires, method);
        Identity::found(credentials, method)
    }

    pub(super) fn found(credentials: Credentials, method: &'static str) -> Self {
        Identity { signing: credentials.clone().into(), credentials, method }
    }

    pub fn access_key_id(&self) -> &str {
        self.credentials.access_key_id()
    }

    pub fn secret_access_key(&self) -> &str {
        self.credentials.secret_access_key()
    }

    pub fn session_token(&self) -> Option<&str> {
        self.credentials.session_token()
    }

    pub fn expires(&self) -> Option<SystemTime> {
        self.credentials.expiry()
    }

    pub fn method(&self) -> &'static str {
        self.method
    }

    /// What `aws-sigv4` signs with.
    pub fn signing(&self) -> &SigningIdentity {
        &self.signing
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(super) fn is_expired(&self, now: SystemTime) -> bool {
        self.expires().is_some_and(|expires| expires <= now)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("method", &self.method)
            .field("expires", &self.expires())
            .finish_non_exhaustive()
    }
}
