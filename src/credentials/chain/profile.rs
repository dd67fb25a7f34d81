//! Sources that a profile itself configures, other than a role to assume.

use std::sync::Arc;

use crate::credentials::identity::Identity;
use crate::credentials::providers::process::CredentialProcess;
use crate::credentials::providers::sso::SsoRole;
use crate::credentials::providers::web_identity::WebIdentity;
use crate::credentials::source::CredentialSource;
use crate::environment::Environment;
use crate::environment::profile::Section;
use crate::error::Error;

/// The first source that the profile configures, in botocore's order. `use_environment` says
/// whether environment variables may configure a web identity in place of the profile.
pub(super) fn find(
    environment: &Environment,
    name: &str,
    use_environment: bool,
) -> Result<Option<CredentialSource>, Error> {
    let profile = environment.profiles.section(name);
    if let Some(source) = web_identity(environment, profile, use_environment)? {
        return Ok(Some(source));
    }
    if let Some(role) = SsoRole::configured(environment, name, profile)? {
        return Ok(Some(CredentialSource::Sso(role)));
    }
    let credentials_file = environment.profiles.in_credentials_file(name);
    if let Some(source) = file_credentials(credentials_file, "shared-credentials-file")? {
        return Ok(Some(source));
    }
    if let Some(session) = profile.text("login_session") {
        return Ok(Some(CredentialSource::Login { session: session.to_owned() }));
    }
    if let Some(command) = profile.text("credential_process") {
        let account_id = profile.text("aws_account_id");
        return Ok(Some(CredentialSource::Process(CredentialProcess::new(command, account_id))));
    }
    file_credentials(environment.profiles.in_config_file(name), "config-file")
}

fn file_credentials(
    section: Option<&Section>,
    method: &'static str,
) -> Result<Option<CredentialSource>, Error> {
    let Some(section) = section else { return Ok(None) };
    let Some(access_key) = section.text("aws_access_key_id") else { return Ok(None) };
    let secret_key = section
        .text("aws_secret_access_key")
        .ok_or_else(|| Error::partial_credentials(method, "aws_secret_access_key"))?;
    let token = section.text("aws_security_token").or_else(|| section.text("aws_session_token"));
    let identity = Identity::new(access_key, secret_key, token.map(str::to_owned), None, method)
        .with_account_id(section.text("aws_account_id"));
    Ok(Some(CredentialSource::Static(Arc::new(identity))))
}

fn web_identity(
    environment: &Environment,
    profile: &Section,
    use_environment: bool,
) -> Result<Option<CredentialSource>, Error> {
    let configured = |variable: &str, property: &str| {
        let variable = if use_environment { environment.variable(variable) } else { None };
        variable.or_else(|| profile.text(property).map(str::to_owned))
    };
    let token_file = configured("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    let Some(token_file) = token_file.filter(|path| !path.is_empty()) else { return Ok(None) };
    let role_arn = configured("AWS_ROLE_ARN", "role_arn").filter(|arn| !arn.is_empty());
    let role_arn = role_arn.ok_or_else(|| {
        Error::invalid_config(
            "The provided profile or the current environment is configured to assume role with \
             web identity but has no role ARN configured. Ensure that the profile has the \
             role_arnconfiguration set or the AWS_ROLE_ARN env var is set.",
        )
    })?;
    Ok(Some(CredentialSource::WebIdentity(WebIdentity {
        role_arn,
        session_name: configured("AWS_ROLE_SESSION_NAME", "role_session_name"),
        token_file: token_file.into(),
    })))
}
