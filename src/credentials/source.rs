//! Where keys come from: botocore's chain, decided from environment and files alone.

use std::path::PathBuf;
use std::sync::Arc;

use aws_types::os_shim_internal::Env;

use super::container::Container;
use super::expiration;
use super::identity::Identity;
use super::instance_metadata::InstanceMetadata;
use super::process::CredentialProcess;
use super::role::{self, Role};
use super::sso;
use crate::environment::arguments::Arguments;
use crate::environment::profile::Section;
use crate::environment::scope::Scope;
use crate::error::{Error, Kind};

/// The place that botocore's chain comes to. Finding it touches no network; asking it may.
#[derive(Debug, Clone)]
pub enum Source {
    /// Keys that are there and never expire.
    Keys(Arc<Identity>),
    /// Keys in environment variables that say when they expire, after which they are read again.
    Environment {
        first: Arc<Identity>,
        env: Env,
    },
    /// Roles to assume one with the keys of the next, the last of them with those of `source`,
    /// which is no role to assume.
    AssumeRole {
        roles: Vec<Role>,
        source: Box<Source>,
    },
    WebIdentity(WebIdentity),
    Sso(SsoRole),
    /// A session of `aws login`.
    Login {
        session: String,
    },
    Process(CredentialProcess),
    /// The endpoint that the environment of an ECS task or an EKS pod names.
    Container(Container),
    InstanceMetadata(InstanceMetadata),
    /// Nothing is configured, and instance metadata are disabled.
    Nowhere,
}

/// A role to assume with the token in a file.
#[derive(Debug, Clone)]
pub struct WebIdentity {
    pub(super) role_arn: String,
    pub(super) session_name: Option<String>,
    pub(super) token_file: PathBuf,
}

/// A role in an account that an SSO session gives access to.
#[derive(Debug, Clone)]
pub struct SsoRole {
    pub(super) account_id: String,
    pub(super) role_name: String,
    pub(super) start_url: String,
    pub(super) region: String,
    pub(super) session: Option<String>,
    /// Where `aws sso login` leaves its token.
    pub(super) token_file: PathBuf,
}

impl Source {
    /// The keys among the arguments. Error: `PartialCredentialsError` where one is missing.
    pub fn explicit(arguments: &Arguments) -> Result<Option<Self>, Error> {
        match (&arguments.aws_access_key_id, &arguments.aws_secret_access_key) {
            (Some(access_key), Some(secret_key)) => {
                let token = arguments.aws_session_token.clone();
                let identity = Identity::new(access_key, secret_key, token, None, "explicit");
                Ok(Some(Source::Keys(Arc::new(identity))))
            }
            (Some(_), None) => Err(partial("explicit", "aws_secret_access_key")),
            (None, Some(_)) => Err(partial("explicit", "aws_access_key_id")),
            (None, None) => Ok(None),
        }
    }

    /// The first place of the chain that is configured.
    ///
    /// Errors: `PartialCredentialsError`, `InvalidConfigError`, `InfiniteLoopConfigError`,
    /// `CredentialRetrievalError`, and those of the instance metadata's settings.
    pub(crate) fn find(scope: &Scope) -> Result<Self, Error> {
        let use_environment = !scope.profile_is_explicit;
        if use_environment && let Some(source) = environment(&scope.env)? {
            return Ok(source);
        }
        let name = scope.profile_name();
        if role::is_assumed(scope.profile()) {
            return role::of_profile(scope, name);
        }
        if let Some(source) = of_profile(scope, name, use_environment)? {
            return Ok(source);
        }
        match Container::configured(&scope.env) {
            Some(container) => Ok(Source::Container(container)),
            None => instance_metadata(scope),
        }
    }

    /// botocore's name of the way, as it stands in an identity and in errors.
    pub fn method(&self) -> &'static str {
        match self {
            Source::Keys(identity) => identity.method(),
            Source::Environment { .. } => "env",
            Source::AssumeRole { .. } => "assume-role",
            Source::WebIdentity(_) => "assume-role-with-web-identity",
            Source::Sso(_) => "sso",
            Source::Login { .. } => "login",
            Source::Process(_) => "custom-process",
            Source::Container(_) => "container-role",
            Source::InstanceMetadata(_) => "iam-role",
            Source::Nowhere => "none",
        }
    }

    /// Whether botocore has keys, or an object that will fetch some, once it has come here: a
    /// session then looks no further. The other places may turn out to have none.
    pub(super) fn is_final(&self) -> bool {
        !matches!(
            self,
            Source::Process(_)
                | Source::Container(_)
                | Source::InstanceMetadata(_)
                | Source::Nowhere
        )
    }

    /// Whether both are the same one of the places that are not final.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Source::Process(own), Source::Process(other)) => own == other,
            (Source::Container(own), Source::Container(other)) => own == other,
            (Source::InstanceMetadata(own), Source::InstanceMetadata(other)) => own == other,
            (Source::Nowhere, Source::Nowhere) => true,
            _ => false,
        }
    }

    /// The MFA devices whose codes are needed to assume the roles, in the order in which botocore
    /// asks for them.
    pub(super) fn mfa_devices(&self) -> Vec<&str> {
        match self {
            Source::AssumeRole { roles, .. } => {
                roles.iter().filter_map(|role| role.mfa_serial.as_deref()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The keys that are known without asking anybody.
    pub(super) fn known(&self) -> Option<&Arc<Identity>> {
        match self {
            Source::Keys(identity) | Source::Environment { first: identity, .. } => Some(identity),
            _ => None,
        }
    }
}

pub(super) fn environment(env: &Env) -> Result<Option<Source>, Error> {
    let Some(identity) = environment_keys(env)? else { return Ok(None) };
    let identity = Arc::new(identity);
    Ok(Some(match identity.expires() {
        None => Source::Keys(identity),
        Some(_) => Source::Environment { first: identity, env: env.clone() },
    }))
}

/// The keys in environment variables; empty ones count as not set.
pub(super) fn environment_keys(env: &Env) -> Result<Option<Identity>, Error> {
    let variable = |name: &str| env.get(name).ok().filter(|value| !value.is_empty());
    let Some(access_key) = variable("AWS_ACCESS_KEY_ID") else { return Ok(None) };
    let secret_key =
        variable("AWS_SECRET_ACCESS_KEY").ok_or_else(|| partial("env", "AWS_SECRET_ACCESS_KEY"))?;
    let token = variable("AWS_SECURITY_TOKEN").or_else(|| variable("AWS_SESSION_TOKEN"));
    let expires = variable("AWS_CREDENTIAL_EXPIRATION").map(|text| {
        expiration::parse("AWS_CREDENTIAL_EXPIRATION", &text)
            .map_err(|message| Error::new(Kind::InvalidSetting { message }))
    });
    let identity = Identity::new(access_key, secret_key, token, expires.transpose()?, "env");
    Ok(Some(identity.with_account_id(variable("AWS_ACCOUNT_ID").as_deref())))
}

/// The sources that a profile itself can be.
pub(super) fn of_profile(
    scope: &Scope,
    name: &str,
    use_environment: bool,
) -> Result<Option<Source>, Error> {
    let profile = scope.profiles.section(name);
    if let Some(source) = web_identity(scope, profile, use_environment)? {
        return Ok(Some(source));
    }
    if let Some(role) = sso::of_profile(scope, name, profile)? {
        return Ok(Some(Source::Sso(role)));
    }
    let credentials_file = scope.profiles.in_credentials_file(name);
    if let Some(source) = file_keys(credentials_file, "shared-credentials-file")? {
        return Ok(Some(source));
    }
    if let Some(session) = profile.text("login_session") {
        return Ok(Some(Source::Login { session: session.to_owned() }));
    }
    if let Some(command) = profile.text("credential_process") {
        let account_id = profile.text("aws_account_id");
        return Ok(Some(Source::Process(CredentialProcess::new(command, account_id))));
    }
    file_keys(scope.profiles.in_config_file(name), "config-file")
}

fn file_keys(section: Option<&Section>, method: &'static str) -> Result<Option<Source>, Error> {
    let Some(section) = section else { return Ok(None) };
    let Some(access_key) = section.text("aws_access_key_id") else { return Ok(None) };
    let secret_key = section
        .text("aws_secret_access_key")
        .ok_or_else(|| partial(method, "aws_secret_access_key"))?;
    let token = section.text("aws_security_token").or_else(|| section.text("aws_session_token"));
    let identity = Identity::new(access_key, secret_key, token.map(str::to_owned), None, method)
        .with_account_id(section.text("aws_account_id"));
    Ok(Some(Source::Keys(Arc::new(identity))))
}

fn web_identity(
    scope: &Scope,
    profile: &Section,
    use_environment: bool,
) -> Result<Option<Source>, Error> {
    let configured = |variable: &str, property: &str| {
        let variable = if use_environment { scope.variable(variable) } else { None };
        variable.or_else(|| profile.text(property).map(str::to_owned))
    };
    let token_file = configured("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    let Some(token_file) = token_file.filter(|path| !path.is_empty()) else { return Ok(None) };
    let role_arn = configured("AWS_ROLE_ARN", "role_arn").filter(|arn| !arn.is_empty());
    let role_arn = role_arn.ok_or_else(|| {
        invalid(
            "The provided profile or the current environment is configured to assume role with \
             web identity but has no role ARN configured. Ensure that the profile has the \
             role_arnconfiguration set or the AWS_ROLE_ARN env var is set.",
        )
    })?;
    Ok(Some(Source::WebIdentity(WebIdentity {
        role_arn,
        session_name: configured("AWS_ROLE_SESSION_NAME", "role_session_name"),
        token_file: token_file.into(),
    })))
}

pub(super) fn instance_metadata(scope: &Scope) -> Result<Source, Error> {
    Ok(InstanceMetadata::configured(scope)?.map_or(Source::Nowhere, Source::InstanceMetadata))
}

pub(super) fn partial(provider: &str, cred_var: &str) -> Error {
    let (provider, cred_var) = (provider.to_owned(), cred_var.to_owned());
    Error::new(Kind::PartialCredentials { provider, cred_var })
}

pub(super) fn invalid(error_msg: impl Into<String>) -> Error {
    Error::new(Kind::InvalidConfig { error_msg: error_msg.into() })
}
