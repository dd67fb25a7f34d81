//! One set of AWS credentials, and the provider that they come from.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::attributes::AccountId;

use super::signing_key::{SigningKey, SigningKeys};

/// Credentials with less time left than this are refreshed in the background (botocore's advisory
/// refresh timeout).
pub(super) const ADVISORY_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// AWS credentials, or a bearer token. Debug output hides them; their memory is wiped when the last
/// copy is dropped.
#[derive(Clone)]
pub struct Identity {
    credentials: Credentials,
    /// Shared with the copies of these credentials.
    signing_keys: Arc<SigningKeys>,
    method: &'static str,
    /// The session token is an empty string. botocore shows it, and signs without it.
    has_empty_token: bool,
}

impl Identity {
    /// `expires` is when the credentials expire, if they do. `method` is botocore's name of the
    /// provider, e.g. `env` or `assume-role`.
    pub fn new(
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<String>,
        session_token: Option<String>,
        expires: Option<SystemTime>,
        method: &'static str,
    ) -> Self {
        let credentials =
            Credentials::new(access_key_id, secret_access_key, session_token, expires, method);
        Identity::from_sdk(credentials, method)
    }

    /// A bearer token in place of credentials.
    pub fn bearer(token: String) -> Self {
        Identity::new("", "", Some(token), None, "explicit")
    }

    /// Every other constructor calls this one.
    pub(super) fn from_sdk(credentials: Credentials, method: &'static str) -> Self {
        let has_empty_token = credentials.session_token() == Some("");
        let credentials = if has_empty_token {
            let mut builder = Credentials::builder()
                .access_key_id(credentials.access_key_id())
                .secret_access_key(credentials.secret_access_key())
                .provider_name(method);
            builder.set_expiry(credentials.expiry());
            builder.set_account_id(credentials.account_id().cloned());
            builder.build()
        } else {
            credentials
        };
        Identity { signing_keys: Arc::default(), credentials, method, has_empty_token }
    }

    /// The same credentials with this account, if it is known.
    pub fn with_account_id(mut self, account_id: Option<&str>) -> Self {
        if let Some(account_id) = account_id {
            let mut builder = Credentials::builder()
                .access_key_id(self.access_key_id())
                .secret_access_key(self.secret_access_key())
                .account_id(account_id)
                .provider_name(self.method);
            builder.set_session_token(self.credentials.session_token().map(str::to_owned));
            builder.set_expiry(self.expires());
            self.credentials = builder.build();
        }
        self
    }

    /// The same credentials, which are used until `time` at least, even if they expire earlier.
    pub(super) fn expiring_not_before(self, time: SystemTime) -> Self {
        let mut identity = self;
        if let Some(expires) = identity.credentials.expiry_mut() {
            *expires = time.max(*expires);
        }
        identity
    }

    pub fn access_key_id(&self) -> &str {
        self.credentials.access_key_id()
    }

    pub fn secret_access_key(&self) -> &str {
        self.credentials.secret_access_key()
    }

    /// The token as configured: an empty token is `Some("")`, although requests do not carry it.
    pub fn session_token(&self) -> Option<&str> {
        if self.has_empty_token { Some("") } else { self.credentials.session_token() }
    }

    pub fn account_id(&self) -> Option<&str> {
        self.credentials.account_id().map(AccountId::as_str)
    }

    pub fn expires(&self) -> Option<SystemTime> {
        self.credentials.expiry()
    }

    pub fn method(&self) -> &'static str {
        self.method
    }

    /// The key for the day of `time`, in seconds since 1970: derived if there is none yet.
    pub fn signing_key(&self, time: i64, region: &str, service: &str) -> Arc<SigningKey> {
        self.signing_keys.get_or_derive(self.secret_access_key(), time, region, service)
    }

    /// Whether both have the same keys and the same token.
    pub(super) fn has_keys_of(&self, other: &Identity) -> bool {
        self.access_key_id() == other.access_key_id()
            && self.secret_access_key() == other.secret_access_key()
            && self.session_token() == other.session_token()
    }

    /// The token that requests carry and signatures cover.
    pub fn sent_session_token(&self) -> Option<&str> {
        self.credentials.session_token()
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
