//! Roles that are assumed with other credentials.
//!
//! `aws-config`'s provider supports neither MFA devices nor the endpoint of a profile.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwapOption;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::region::Region;
use http::HeaderValue;

use super::sts;
use crate::credentials::identity::{ADVISORY_TIMEOUT, Identity};
use crate::credentials::identity_clients::text_with_causes;

pub const METHOD: &str = "assume-role";

/// A role, and what AssumeRole needs besides credentials. Debug output shows only its ARN.
#[derive(Clone)]
pub struct AssumedRole {
    pub(crate) arn: String,
    pub(crate) session_name: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) duration: Option<i32>,
    /// The serial number or ARN of the MFA device, if STS requires a code.
    pub(crate) mfa_serial: Option<String>,
    /// The credentials of the last AssumeRole. Those of a role in the middle of a chain may outlive
    /// those of the last role.
    pub(crate) last_credentials: Arc<ArcSwapOption<Identity>>,
}

impl fmt::Debug for AssumedRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AssumedRole").field("arn", &self.arn).finish_non_exhaustive()
    }
}

impl AssumedRole {
    /// The credentials of the last AssumeRole, if they stay valid long enough: credentials that are
    /// retrieved with them must not need a refresh at once.
    pub fn lasting_credentials(&self) -> Option<Arc<Identity>> {
        let identity = self.last_credentials.load_full()?;
        let expires = identity.expires()?;
        (expires >= SystemTime::now() + ADVISORY_TIMEOUT).then_some(identity)
    }
}

/// Assumes the role with `identity`, and with the code of the role's MFA device if it has one. The
/// error is a text without secrets.
pub async fn assume(
    role: &AssumedRole,
    code: Option<&String>,
    config: &SdkConfig,
    identity: &Identity,
) -> Result<Identity, String> {
    let region = config.region().map_or("", Region::as_ref);
    let token = identity.session_token().unwrap_or_default();
    for (name, value) in [
        ("the access key", identity.access_key_id()),
        ("the session token", token),
        ("the region", region),
    ] {
        // aws-sigv4 panics if one of these cannot be part of a header.
        if HeaderValue::from_str(value).is_err() {
            return Err(format!("{name} holds characters that a header must not hold"));
        }
    }
    let provider = SharedCredentialsProvider::new(identity.credentials().clone());
    let config = config.to_builder().credentials_provider(provider).build();
    let output = aws_sdk_sts::Client::new(&config)
        .assume_role()
        .role_arn(&role.arn)
        .role_session_name(sts::session_name(role.session_name.as_deref()))
        .set_external_id(role.external_id.clone())
        .set_duration_seconds(role.duration)
        .set_serial_number(role.mfa_serial.clone())
        .set_token_code(code.cloned())
        .send()
        .await
        .map_err(|error| text_with_causes(&error))?;
    sts::identity(output.credentials, output.assumed_role_user, METHOD)
}
