//! Roles in accounts of AWS IAM Identity Center (SSO).
//!
//! `aws-config` refreshes the token of an SSO session. The file that `aws sso login` writes is read
//! here: times in older files look like `2030-01-02T03:04:05UTC`, which `aws-config` refuses.

use std::fmt::Display;
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

use crate::credentials::identity_clients::text_with_causes;
use crate::credentials::{expiration, json};
use crate::environment::Environment;
use crate::environment::profile::{Section, expand_user};
use crate::error::Error;

/// The token of a session is refreshed if less time than this is left.
const REFRESH_WINDOW: Duration = Duration::from_secs(15 * 60);

/// As botocore says it, without the command that ends the trouble.
const EXPIRED: &str =
    "The SSO session associated with this profile has expired or is otherwise invalid";

/// A role in an account that an SSO session gives access to.
#[derive(Debug, Clone)]
pub struct SsoRole {
    /// The profile that configures the role.
    profile: String,
    account_id: String,
    role_name: String,
    start_url: String,
    pub(crate) region: String,
    session: Option<String>,
    /// Where `aws sso login` writes its token.
    token_file: PathBuf,
}

impl SsoRole {
    /// The role that the profile `name` configures, if it configures one.
    ///
    /// Error: `InvalidConfigError`.
    pub(crate) fn configured(
        environment: &Environment,
        name: &str,
        profile: &Section,
    ) -> Result<Option<Self>, Error> {
        if !profile.has("sso_role_name") && !profile.has("sso_account_id") {
            return Ok(None);
        }
        let session = profile.text("sso_session");
        let session_section = match session {
            None => None,
            Some(session) => Some(environment.profiles.sso_session(session).ok_or_else(|| {
                Error::invalid_config(format!(
                    "The specified sso-session does not exist: \"{session}\""
                ))
            })?),
        };
        let mut missing = Vec::new();
        let mut option = |option: &'static str| {
            let own = profile.text(option);
            let shared = session_section.and_then(|section| section.text(option));
            if let (Some(own), Some(shared)) = (own, shared)
                && own != shared
            {
                return Err(Error::invalid_config(format!(
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
        let token_file = token_file(&environment.variables, session.unwrap_or(&start_url));
        let (profile, session) = (name.to_owned(), session.map(str::to_owned));
        let role =
            SsoRole { profile, account_id, role_name, start_url, region, session, token_file };
        if missing.is_empty() {
            Ok(Some(role))
        } else {
            Err(Error::invalid_config(format!(
                "The profile \"{name}\" is configured to use SSO but is missing required \
                 configuration: {}",
                missing.join(", ")
            )))
        }
    }

    /// The reason why there is no token, with the command that gets one.
    fn sign_in(&self, why: impl Display) -> String {
        let profile = &self.profile;
        let quote = if profile.contains(char::is_whitespace) { "\"" } else { "" };
        format!("{why}; run: aws sso login --profile {quote}{profile}{quote}")
    }
}

fn token_file(env: &Env, name: &str) -> PathBuf {
    let digest = Sha1::digest(name.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    expand_user(env, "~/.aws/sso/cache").join(format!("{digest}.json"))
}

/// Retrieves the credentials of the role. `portal` and `oidc` configure the clients of SSO's two
/// services; their region is replaced by the role's. The error is a text that quotes no token.
pub async fn retrieve(
    role: &SsoRole,
    portal: SdkConfig,
    oidc: SdkConfig,
) -> Result<Credentials, String> {
    let in_region =
        |config: SdkConfig| config.into_builder().region(Region::new(role.region.clone())).build();
    let token = token(role, &in_region(oidc)).await.map_err(|why| role.sign_in(why))?;
    let output = aws_sdk_sso::Client::new(&in_region(portal))
        .get_role_credentials()
        .role_name(&role.role_name)
        .account_id(&role.account_id)
        .access_token(token)
        .send()
        .await
        .map_err(|error| match error.as_service_error() {
            Some(refusal) if refusal.is_unauthorized_exception() => role.sign_in(EXPIRED),
            _ => text_with_causes(&error),
        })?;
    let found = output.role_credentials.ok_or("SSO's response has no credentials")?;
    let expires = SystemTime::try_from(DateTime::from_millis(found.expiration))
        .map_err(|_| "expiration in SSO's response is out of range")?;
    let mut builder = Credentials::builder()
        .access_key_id(found.access_key_id.unwrap_or_default())
        .secret_access_key(found.secret_access_key.unwrap_or_default())
        .account_id(&role.account_id)
        .expiry(expires)
        .provider_name("sso");
    builder.set_session_token(found.session_token);
    Ok(builder.build())
}

async fn token(role: &SsoRole, oidc: &SdkConfig) -> Result<String, String> {
    let path = role.token_file.display();
    let text = std::fs::read(&role.token_file).map_err(|error| {
        let name = role.session.as_ref().unwrap_or(&role.start_url);
        format!("Token for {name} does not exist, or cannot be read ({path}: {error})")
    })?;
    let cached = json::parse(&text).map_err(|why| format!("Token in {path} is invalid: {why}"))?;
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
            // If the refresh fails, the provider may return the token in the file.
            Ok(fresh) if fresh.expiration().is_some_and(|expires| expires > now) => {
                return Ok(fresh.token().to_owned());
            }
            Ok(_) if left.is_zero() => {
                return Err("Token has expired and refresh failed".to_owned());
            }
            Err(error) if left.is_zero() => {
                return Err(format!(
                    "Token has expired and refresh failed: {}",
                    text_with_causes(&error)
                ));
            }
            // The refresh failed. As in botocore, a token that is still valid is used.
            Ok(_) | Err(_) => {}
        }
    }
    if left.is_zero() {
        return Err(EXPIRED.to_owned());
    }
    Ok(token.to_owned())
}
