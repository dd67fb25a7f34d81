//! Roles, assumed with keys or with the token of a web identity.
//!
//! `aws-config`'s providers for both know no MFA devices, and no endpoint of a profile.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::types::{AssumedRoleUser, Credentials};
use aws_types::SdkConfig;
use aws_types::region::Region;
use http::HeaderValue;

use super::identity::Identity;
use super::nested_clients::told;
use super::role::Role;
use super::source::WebIdentity;

pub(super) const ASSUME_ROLE: &str = "assume-role";
pub(super) const WEB_IDENTITY: &str = "assume-role-with-web-identity";

/// `AssumeRole` with these keys, and with the code of the role's MFA device if it has one.
pub(super) async fn assume_role(
    role: &Role,
    code: Option<&String>,
    config: &SdkConfig,
    keys: &Identity,
) -> Result<Identity, String> {
    let region = config.region().map_or("", Region::as_ref);
    let token = keys.session_token().unwrap_or_default();
    for (name, value) in [
        ("the access key", keys.access_key_id()),
        ("the session token", token),
        ("the region", region),
    ] {
        // aws-sigv4 panics at some of those.
        if HeaderValue::from_str(value).is_err() {
            return Err(format!("{name} holds characters that no header may hold"));
        }
    }
    let provider = SharedCredentialsProvider::new(keys.credentials().clone());
    let config = config.to_builder().credentials_provider(provider).build();
    let answer = aws_sdk_sts::Client::new(&config)
        .assume_role()
        .role_arn(&role.arn)
        .role_session_name(session_name(role.session_name.as_deref()))
        .set_external_id(role.external_id.clone())
        .set_duration_seconds(role.duration)
        .set_serial_number(role.mfa_serial.clone())
        .set_token_code(code.cloned())
        .send()
        .await
        .map_err(|error| told(&error))?;
    identity(answer.credentials, answer.assumed_role_user, ASSUME_ROLE)
}

/// `AssumeRoleWithWebIdentity`, whose token is read anew each time: its file is replaced.
pub(super) async fn web_identity(
    identity: &WebIdentity,
    config: &SdkConfig,
) -> Result<Identity, String> {
    let path = &identity.token_file;
    let token = std::fs::read_to_string(path)
        .map_err(|error| format!("the token in {} cannot be read: {error}", path.display()))?;
    let answer = aws_sdk_sts::Client::new(config)
        .assume_role_with_web_identity()
        .role_arn(&identity.role_arn)
        .role_session_name(session_name(identity.session_name.as_deref()))
        .web_identity_token(token)
        .send()
        .await
        .map_err(|error| told(&error))?;
    self::identity(answer.credentials, answer.assumed_role_user, WEB_IDENTITY)
}

fn identity(
    keys: Option<Credentials>,
    role: Option<AssumedRoleUser>,
    method: &'static str,
) -> Result<Identity, String> {
    let keys = keys.ok_or("STS's answer has no keys")?;
    let expires = SystemTime::try_from(keys.expiration)
        .map_err(|_| "Expiration in STS's answer is out of range")?;
    let (access_key, secret_key) = (keys.access_key_id, keys.secret_access_key);
    let token = Some(keys.session_token);
    let identity = Identity::new(access_key, secret_key, token, Some(expires), method);
    // arn:aws:sts::123456789012:assumed-role/name/session
    let arn = role.map(|role| role.arn).unwrap_or_default();
    Ok(identity.with_account_id(arn.split(':').nth(4)))
}

/// AWS wants a name for the session; without one it tells who made it, and when.
fn session_name(configured: Option<&str>) -> String {
    configured.filter(|name| !name.is_empty()).map_or_else(
        || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            format!("fastbedrock-session-{}", now.as_secs())
        },
        str::to_owned,
    )
}
