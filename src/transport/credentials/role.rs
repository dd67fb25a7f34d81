//! Profiles with a `role_arn`: which role, and whose keys assume it.

use std::time::Duration;

use super::source::{self, Role, Source, invalid, partial};
use crate::transport::error::{Error, Kind};
use crate::transport::profile::Section;
use crate::transport::scope::Scope;

/// Whether the profile is a role to assume with other keys. One with a web identity is not.
pub(super) fn is_assumed(profile: &Section) -> bool {
    profile.has("role_arn") && !profile.has("web_identity_token_file")
}

/// The role of the profile `name`. `visited` holds the profiles on the way, this one included.
pub(super) fn of_profile<'a>(
    scope: &'a Scope,
    name: &'a str,
    visited: &mut Vec<&'a str>,
) -> Result<Source, Error> {
    let profile = scope.profiles.section(name);
    let text = |option: &str| profile.text(option).map(str::to_owned);
    let source = match (profile.text("source_profile"), profile.text("credential_source")) {
        (Some(_), Some(_)) => {
            return Err(invalid(format!(
                "The profile \"{name}\" contains both source_profile and credential_source."
            )));
        }
        (None, None) => return Err(partial("assume-role", "source_profile or credential_source")),
        (None, Some(place)) => named_source(scope, name, place)?,
        (Some(other), None) => {
            let other = checked_source_profile(scope, name, other, visited)?;
            visited.push(other);
            source_profile(scope, other, visited)?
        }
    };
    if let Some(device) = profile.text("mfa_serial") {
        return Err(invalid(format!(
            "The profile \"{name}\" assumes its role with a code from the MFA device {device} \
             (mfa_serial). Nobody can be asked for that code here: assume the role elsewhere, \
             and give the keys that come of it."
        )));
    }
    Ok(Source::AssumeRole(Box::new(Role {
        arn: text("role_arn").unwrap_or_default(),
        session_name: text("role_session_name"),
        external_id: text("external_id"),
        duration: profile
            .text("duration_seconds")
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs),
        source,
    })))
}

/// A `credential_source`.
fn named_source(scope: &Scope, profile: &str, place: &str) -> Result<Source, Error> {
    let source = match place {
        "Environment" => source::environment(&scope.env)?,
        "EcsContainer" => source::container(scope),
        "Ec2InstanceMetadata" => match source::instance_metadata(scope)? {
            Source::Nowhere => None,
            source => Some(source),
        },
        _ => {
            return Err(invalid(format!(
                "The credential source \"{place}\" referenced in profile \"{profile}\" is not \
                 valid."
            )));
        }
    };
    source.ok_or_else(|| {
        Error::new(Kind::CredentialRetrieval {
            provider: place.to_owned(),
            error_msg: format!(
                "No credentials found in credential_source referenced in profile {profile}"
            ),
        })
    })
}

/// A profile may name itself where it has keys of its own; any other way back is a loop.
fn checked_source_profile<'a>(
    scope: &'a Scope,
    parent: &str,
    name: &'a str,
    visited: &[&str],
) -> Result<&'a str, Error> {
    let Some(profile) = scope.profiles.get(name) else {
        return Err(invalid(format!(
            "The source_profile \"{name}\" referenced in the profile \"{parent}\" does not exist."
        )));
    };
    if visited.contains(&name) && (name != parent || !has_keys(profile)) {
        let visited: Vec<_> = visited.iter().map(|profile| format!("'{profile}'")).collect();
        return Err(Error::new(Kind::InfiniteLoopConfig {
            source_profile: name.to_owned(),
            visited_profiles: format!("[{}]", visited.join(", ")),
        }));
    }
    Ok(name)
}

fn source_profile<'a>(
    scope: &'a Scope,
    name: &'a str,
    visited: &mut Vec<&'a str>,
) -> Result<Source, Error> {
    let profile = scope.profiles.section(name);
    if is_assumed(profile) && !has_keys(profile) {
        return of_profile(scope, name, visited);
    }
    source::of_profile(scope, name, false)?
        .ok_or_else(|| invalid(format!("The source profile \"{name}\" must have credentials.")))
}

fn has_keys(profile: &Section) -> bool {
    profile.has("aws_access_key_id") || profile.has("aws_secret_access_key")
}
