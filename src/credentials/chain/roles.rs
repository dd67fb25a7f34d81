//! Profiles with a `role_arn`: the roles to assume, and the source of the first credentials.

use std::collections::HashSet;
use std::sync::Arc;

use super::{configured, profile};
use crate::credentials::providers::assume_role::AssumedRole;
use crate::credentials::providers::container::Container;
use crate::credentials::source::CredentialSource;
use crate::environment::Environment;
use crate::environment::profile::Section;
use crate::environment::python_int::PythonInt;
use crate::error::{Error, Kind};

/// Whether the profile is a role that is assumed with other credentials. A role with a web identity
/// is assumed with a token instead.
pub(super) fn is_role(profile: &Section) -> bool {
    profile.has("role_arn") && !profile.has("web_identity_token_file")
}

/// The roles of the profile `name` and of its source profiles, and the source of the first
/// credentials. The roles are in reverse order: the first one is assumed last. The files decide how
/// long the chain of roles is, so it is followed in a loop and kept as a list: recursion could
/// overflow the stack.
pub(super) fn find(environment: &Environment, name: &str) -> Result<CredentialSource, Error> {
    let mut roles = Vec::new();
    let mut visited = vec![name];
    let mut visited_names = HashSet::from([name]);
    let mut name = name;
    let source = loop {
        let profile = environment.profiles.section(name);
        let text = |option: &str| profile.text(option).map(str::to_owned);
        roles.push(AssumedRole {
            arn: text("role_arn").unwrap_or_default(),
            session_name: text("role_session_name"),
            external_id: text("external_id"),
            // As in botocore, a text that is not a number is ignored. STS refuses a number that is
            // out of range.
            duration: profile.text("duration_seconds").and_then(PythonInt::parse).map(|seconds| {
                let seconds = seconds.saturated();
                let limit = if seconds < 0 { i32::MIN } else { i32::MAX };
                i32::try_from(seconds).unwrap_or(limit)
            }),
            mfa_serial: text("mfa_serial"),
            last_credentials: Arc::default(),
        });
        match (profile.text("source_profile"), profile.text("credential_source")) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid_config(format!(
                    "The profile \"{name}\" contains both source_profile and credential_source."
                )));
            }
            (None, None) => {
                return Err(Error::partial_credentials(
                    "assume-role",
                    "source_profile or credential_source",
                ));
            }
            (None, Some(source)) => break credential_source(environment, name, source)?,
            (Some(other), None) => {
                let section =
                    checked_source_profile(environment, name, other, &visited, &visited_names)?;
                visited.push(other);
                visited_names.insert(other);
                name = other;
                if !is_role(section) || has_access_key(section) {
                    break profile::find(environment, name, false)?.ok_or_else(|| {
                        Error::invalid_config(format!(
                            "The source profile \"{name}\" must have credentials."
                        ))
                    })?;
                }
            }
        }
    };
    Ok(CredentialSource::AssumeRole { roles, source: Box::new(source) })
}

/// The source that the option `credential_source` names.
fn credential_source(
    environment: &Environment,
    profile: &str,
    name: &str,
) -> Result<CredentialSource, Error> {
    let source = match name {
        "Environment" => configured::environment_variables(&environment.variables)?,
        "EcsContainer" => {
            Container::configured(&environment.variables).map(CredentialSource::Container)
        }
        "Ec2InstanceMetadata" => match configured::instance_metadata(environment)? {
            CredentialSource::None => None,
            source => Some(source),
        },
        _ => {
            return Err(Error::invalid_config(format!(
                "The credential source \"{name}\" referenced in profile \"{profile}\" is not \
                 valid."
            )));
        }
    };
    source.ok_or_else(|| {
        Error::credential_retrieval(
            name,
            format!("No credentials found in credential_source referenced in profile {profile}"),
        )
    })
}

/// The section of a source profile. A profile may name itself if it has an access key; any other
/// cycle is an error.
fn checked_source_profile<'a>(
    environment: &'a Environment,
    parent: &str,
    name: &str,
    visited: &[&str],
    visited_names: &HashSet<&str>,
) -> Result<&'a Section, Error> {
    let Some(profile) = environment.profiles.get(name) else {
        return Err(Error::invalid_config(format!(
            "The source_profile \"{name}\" referenced in the profile \"{parent}\" does not exist."
        )));
    };
    if visited_names.contains(name) && (name != parent || !has_access_key(profile)) {
        let visited: Vec<_> = visited.iter().map(|profile| format!("'{profile}'")).collect();
        return Err(Error::new(Kind::InfiniteLoopConfig {
            source_profile: name.to_owned(),
            visited_profiles: format!("[{}]", visited.join(", ")),
        }));
    }
    Ok(profile)
}

fn has_access_key(profile: &Section) -> bool {
    profile.has("aws_access_key_id") || profile.has("aws_secret_access_key")
}
