//! Profiles that are a role in an account behind AWS IAM Identity Center (SSO).

use super::source::{SsoRole, invalid};
use crate::transport::error::Error;
use crate::transport::profile::Section;
use crate::transport::scope::Scope;

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
    let role = SsoRole {
        role_name: option("sso_role_name")?,
        account_id: option("sso_account_id")?,
        start_url: option("sso_start_url")?,
        region: option("sso_region")?,
        session: session.map(str::to_owned),
    };
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
