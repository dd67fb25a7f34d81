//! Profiles with a `role_arn`: which role, and whose keys assume it.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwapOption;

use super::ADVISORY;
use super::container::Container;
use super::identity::Identity;
use super::source::{self, Source, invalid, partial};
use crate::environment::profile::Section;
use crate::environment::scope::{Scope, integer};
use crate::error::{Error, Kind};

/// Whether the profile is a role to assume with other keys. One with a web identity is not.
pub(super) fn is_assumed(profile: &Section) -> bool {
    profile.has("role_arn") && !profile.has("web_identity_token_file")
}

/// A role, and what to assume it with besides keys. Debug output hides all but the role's name.
#[derive(Clone)]
pub struct Role {
    pub(super) arn: String,
    pub(super) session_name: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) duration: Option<i32>,
    /// The MFA device whose code STS wants.
    pub(super) mfa_serial: Option<String>,
    /// The keys of the role when it was last assumed: those of a role in the middle of a chain
    /// may outlive those of the last one.
    pub(super) keys: Arc<ArcSwapOption<Identity>>,
}

impl fmt::Debug for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Role").field("arn", &self.arn).finish_non_exhaustive()
    }
}

impl Role {
    /// The role's keys from last time, where they are good for longer than the refresh of those
    /// that are made with them is ahead of its time.
    pub(super) fn lasting_keys(&self) -> Option<Arc<Identity>> {
        let keys = self.keys.load_full()?;
        let expires = keys.expires()?;
        (expires >= SystemTime::now() + ADVISORY).then_some(keys)
    }
}

/// The roles of the profile `name` and of its source profiles, the last one to assume first, and
/// the place that has the keys for the other end. A chain is followed in a loop and kept as a
/// list: it is as long as its files make it, and nothing here may recurse over it.
pub(super) fn of_profile(scope: &Scope, name: &str) -> Result<Source, Error> {
    let mut roles = Vec::new();
    let mut visited = vec![name];
    let mut visited_names = HashSet::from([name]);
    let mut name = name;
    let source = loop {
        let profile = scope.profiles.section(name);
        let text = |option: &str| profile.text(option).map(str::to_owned);
        roles.push(Role {
            arn: text("role_arn").unwrap_or_default(),
            session_name: text("role_session_name"),
            external_id: text("external_id"),
            // As in botocore, what is no number does not count. STS refuses what is out of range.
            duration: profile.text("duration_seconds").and_then(integer).map(|seconds| {
                let limit = if seconds < 0 { i32::MIN } else { i32::MAX };
                i32::try_from(seconds).unwrap_or(limit)
            }),
            mfa_serial: text("mfa_serial"),
            keys: Arc::default(),
        });
        match (profile.text("source_profile"), profile.text("credential_source")) {
            (Some(_), Some(_)) => {
                return Err(invalid(format!(
                    "The profile \"{name}\" contains both source_profile and credential_source."
                )));
            }
            (None, None) => {
                return Err(partial("assume-role", "source_profile or credential_source"));
            }
            (None, Some(place)) => break named_source(scope, name, place)?,
            (Some(other), None) => {
                let section = checked_source_profile(scope, name, other, &visited, &visited_names)?;
                visited.push(other);
                visited_names.insert(other);
                name = other;
                if !is_assumed(section) || has_keys(section) {
                    break source::of_profile(scope, name, false)?.ok_or_else(|| {
                        invalid(format!("The source profile \"{name}\" must have credentials."))
                    })?;
                }
            }
        }
    };
    Ok(Source::AssumeRole { roles, source: Box::new(source) })
}

/// A `credential_source`.
fn named_source(scope: &Scope, profile: &str, place: &str) -> Result<Source, Error> {
    let source = match place {
        "Environment" => source::environment(&scope.env)?,
        "EcsContainer" => Container::configured(&scope.env).map(Source::Container),
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
    name: &str,
    visited: &[&str],
    visited_names: &HashSet<&str>,
) -> Result<&'a Section, Error> {
    let Some(profile) = scope.profiles.get(name) else {
        return Err(invalid(format!(
            "The source_profile \"{name}\" referenced in the profile \"{parent}\" does not exist."
        )));
    };
    if visited_names.contains(name) && (name != parent || !has_keys(profile)) {
        let visited: Vec<_> = visited.iter().map(|profile| format!("'{profile}'")).collect();
        return Err(Error::new(Kind::InfiniteLoopConfig {
            source_profile: name.to_owned(),
            visited_profiles: format!("[{}]", visited.join(", ")),
        }));
    }
    Ok(profile)
}

fn has_keys(profile: &Section) -> bool {
    profile.has("aws_access_key_id") || profile.has("aws_secret_access_key")
}
