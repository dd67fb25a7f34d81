//! Profiles that are a role in an account behind AWS IAM Identity Center (SSO).
//!
//! `aws-config` refreshes the token of an SSO session. Its reading of the file that `aws sso login`
//! leaves is ours: older files say `2030-01-02T03:04:05UTC`, which `aws-config` refuses.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_config::sso::SsoTokenProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::token::ProvideToken as _;
use aws_smithy_types::DateTime;
use aws_types::SdkConfig;
use aws_types::os_shim_internal::Env;
use aws_types::region::Region;
use serde_json::Value;
use sha1::{Digest as _, Sha1};

use super::nested_clients::told;
use super::source::{SsoRole, invalid};
use super::{answer, expiration};
use crate::environment::profile::{Section, expand_user};
use crate::environment::scope::Scope;
use crate::error::Error;

/// A session's token with less time left is refreshed.
const REFRESH_WINDOW: Duration = Duration::from_secs(15 * 60);

fn token_file(env: &Env, name: &str) -> PathBuf {
    let digest = Sha1::digest(name.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    expand_user(env, "~/.aws/sso/cache").join(format!("{digest}.json"))
}

/// The keys of the role. `portal` and `oidc` say how SSO's two services are called; the region is
/// that of the role. The error is a text that quotes no token.
pub(super) async fn fetch(
    role: &SsoRole,
    portal: SdkConfig,
    oidc: SdkConfig,
) -> Result<Credentials, String> {
    let here =
        |config: SdkConfig| config.into_builder().region(Region::new(role.region.clone())).build();
    let token = token(role, &here(oidc)).await?;
    let answer = aws_sdk_sso::Client::new(&here(portal))
        .get_role_credentials()
        .role_name(&role.role_name)
        .account_id(&role.account_id)
        .access_token(token)
        .send()
        .await
        .map_err(|error| told(&error))?;
    let keys = answer.role_credentials.ok_or("SSO's answer has no keys")?;
    let expires = SystemTime::try_from(DateTime::from_millis(keys.expiration))
        .map_err(|_| "expiration in SSO's answer is out of range")?;
    let mut builder = Credentials::builder()
        .access_key_id(keys.access_key_id.unwrap_or_default())
        .secret_access_key(keys.secret_access_key.unwrap_or_default())
        .account_id(&role.account_id)
        .expiry(expires)
        .provider_name("sso");
    builder.set_session_token(keys.session_token);
    Ok(builder.build())
}

async fn token(role: &SsoRole, oidc: &SdkConfig) -> Result<String, String> {
    let path = role.token_file.display();
    let text = std::fs::read(&role.token_file).map_err(|error| {
        let name = role.session.as_ref().unwrap_or(&role.start_url);
        format!("Token for {name} does not exist, or cannot be read ({path}: {error})")
    })?;
    let cached =
        answer::parse(&text).map_err(|why| format!("Token in {path} is invalid: {why}"))?;
    let text = |field: &str| cached.get(field).and_then(Value::as_str);
    let (Some(token), Some(expires)) = (text("accessToken"), text("expiresAt")) else {
        return Err(format!("Token in {path} is invalid: accessToken or expiresAt is missing"));
    };
    let expires =
        expiration::parse("expiresAt", expires).map_err(|why| format!("{path}: {why}"))?;
    let now = SystemTime::now();
    let left = expires.duration_since(now).unwrap_or_default();
    if let Some(session) = &role.session
        && left < REFRESH_WINDOW
        && text("refreshToken").is_some()
    {
        let provider = SsoTokenProvider::builder()
            .configure(oidc)
            .session_name(session)
            .start_url(&role.start_url)
            .region(Region::new(role.region.clone()))
            .build()
            .await;
        match provider.provide_token().await {
            // Where the refresh fails, the provider may give back the token in the file.
            Ok(fresh) if fresh.expiration().is_some_and(|expires| expires > now) => {
                return Ok(fresh.token().to_owned());
            }
            Ok(_) if left.is_zero() => {
                return Err("Token has expired and refresh failed".to_owned());
            }
            Err(error) if left.is_zero() => {
                return Err(format!("Token has expired and refresh failed: {}", told(&error)));
            }
            // A token that is still good is used, as in botocore.
            Ok(_) => {}
            Err(_) => {}
        }
    }
    if left.is_zero() {
        return Err("The SSO session associated with this profile has expired or is otherwise \
                    invalid. To refresh this SSO session run aws sso login with the \
                    corresponding profile."
            .to_owned());
    }
    Ok(token.to_owned())
}

pub(super) fn of_profile(
    scope: &Scope,
    name: &str,
    profile: &Section,
) -> Result<Option<SsoRole>, Error> {
    if !profile.has("sso_role_name") && !profile.has("sso_account_id") {
        return Ok(None);
    }
    let session = profile.text("sso_session");
    let session_section = match session {
        None => None,
        Some(session) => Some(scope.profiles.sso_session(session).ok_or_else(|| {
            invalid(format!("The specified sso-session does not exist: \"{session}\""))
        })?),
    };
    let mut missing = Vec::new();
    let mut option = |option: &'static str| {
        let own = profile.text(option);
        let shared = session_section.and_then(|section| section.text(option));
        if let (Some(own), Some(shared)) = (own, shared)
            && own != shared
        {
            return Err(invalid(format!(
                "The value for {option} is inconsistent between profile ({own}) and sso-session \
                 ({shared})."
            )));
        }
        let value = own.or(shared);
        if value.is_none() {
            missing.push(option);
        }
        Ok(value.unwrap_or_default().to_owned())
    };
    let role_name = option("sso_role_name")?;
    let account_id = option("sso_account_id")?;
    let start_url = option("sso_start_url")?;
    let region = option("sso_region")?;
    let token_file = token_file(&scope.env, session.unwrap_or(&start_url));
    let session = session.map(str::to_owned);
    let role = SsoRole { account_id, role_name, start_url, region, session, token_file };
    if missing.is_empty() {
        Ok(Some(role))
    } else {
        Err(invalid(format!(
            "The profile \"{name}\" is configured to use SSO but is missing required \
             configuration: {}",
            missing.join(", ")
        )))
    }
}
