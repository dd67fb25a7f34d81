//! What the two ways to assume a role share: STS's response, and the name of the session.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_sts::types::{AssumedRoleUser, Credentials};

use crate::credentials::identity::Identity;

/// The credentials in a response. `method` is botocore's name of the provider.
pub fn identity(
    credentials: Option<Credentials>,
    role: Option<AssumedRoleUser>,
    method: &'static str,
) -> Result<Identity, String> {
    let credentials = credentials.ok_or("STS's response has no credentials")?;
    let expires = SystemTime::try_from(credentials.expiration)
        .map_err(|_| "Expiration in STS's response is out of range")?;
    let (access_key, secret_key) = (credentials.access_key_id, credentials.secret_access_key);
    let token = Some(credentials.session_token);
    let identity = Identity::new(access_key, secret_key, token, Some(expires), method);
    // arn:aws:sts::123456789012:assumed-role/name/session
    let arn = role.map(|role| role.arn).unwrap_or_default();
    Ok(identity.with_account_id(arn.split(':').nth(4)))
}

/// The configured name of the session, or one that says which program made the session and when:
/// AWS requires a name.
pub fn session_name(configured: Option<&str>) -> String {
    configured.filter(|name| !name.is_empty()).map_or_else(
        || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            format!("fastbedrock-session-{}", now.as_secs())
        },
        str::to_owned,
    )
}
