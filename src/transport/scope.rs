//! What the environment and the profile in use say about a client.

use aws_types::os_shim_internal::Env;

use super::error::{Error, Kind};
use super::profile::{Profiles, Section};
use super::region;
use super::settings::Arguments;

/// The region of a client that names none, valid or not. `None` where none is configured.
///
/// Errors: `ConfigParseError`, `ProfileNotFound`.
pub fn configured_region(profile_name: Option<&str>) -> Result<Option<String>, Error> {
    let env = Env::real();
    if let Some(region_name) = region_variable(&env) {
        return Ok(Some(region_name));
    }
    Ok(Scope::load(env, profile_name)?.property("region").map(str::to_owned))
}

/// `AWS_REGION` is the word of AWS's other SDKs, and of Lambda; boto3 knows the first one only. An
/// empty one says nothing, as nobody would notice it with boto3.
fn region_variable(env: &Env) -> Option<String> {
    let ours = env.get("AWS_REGION").ok().filter(|region_name| !region_name.is_empty());
    env.get("AWS_DEFAULT_REGION").ok().or(ours)
}

#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub env: Env,
    pub profiles: Profiles,
    profile_name: Option<String>,
    /// The caller named the profile, which makes botocore ignore keys in the environment.
    pub profile_is_explicit: bool,
}

impl Scope {
    /// Reads the files. The region comes along where there is one: an argument's, the
    /// environment's, the profile's. It is never asked from instance metadata.
    ///
    /// Errors: `InvalidRegionError`, `ConfigParseError`; `ProfileNotFound` where a profile was
    /// named that neither file has.
    pub fn of(arguments: &Arguments, env: Env) -> Result<(Self, Option<String>), Error> {
        let said = arguments
            .region_name
            .clone()
            .or_else(|| arguments.config_region_name.clone())
            .or_else(|| region_variable(&env));
        said.as_deref().map_or(Ok(()), region::validate)?;
        let scope = Scope::load(env, arguments.profile_name.as_deref())?;
        let region_name = said.or_else(|| scope.property("region").map(str::to_owned));
        region_name.as_deref().map_or(Ok(()), region::validate)?;
        Ok((scope, region_name))
    }

    fn load(env: Env, profile_name: Option<&str>) -> Result<Self, Error> {
        let profiles = Profiles::load(&env)?;
        let named = profile_name
            .map(str::to_owned)
            .or_else(|| env.get("AWS_DEFAULT_PROFILE").ok())
            .or_else(|| env.get("AWS_PROFILE").ok());
        if let Some(profile) = &named
            && profiles.get(profile).is_none()
        {
            return Err(Error::new(Kind::ProfileNotFound { profile: profile.clone() }));
        }
        let profile_is_explicit = profile_name.is_some();
        Ok(Scope { env, profiles, profile_name: named, profile_is_explicit })
    }

    pub fn profile_name(&self) -> &str {
        self.profile_name.as_deref().unwrap_or("default")
    }

    pub fn profile(&self) -> &Section {
        self.profiles.section(self.profile_name())
    }

    pub fn variable(&self, name: &str) -> Option<String> {
        self.env.get(name).ok()
    }

    pub fn property(&self, name: &str) -> Option<&str> {
        self.profile().text(name)
    }

    /// The environment's `variable`, else the profile's `property`. Set but empty counts as set.
    pub fn configured(&self, variable: &str, property: &str) -> Option<String> {
        self.variable(variable).or_else(|| self.property(property).map(str::to_owned))
    }

    /// A yes or no; anything but "true" is a no.
    pub fn flag(&self, variable: &str, property: &str) -> Option<bool> {
        Some(self.configured(variable, property)?.eq_ignore_ascii_case("true"))
    }

    /// A whole number in any form that Python's `int` reads.
    pub fn integer(&self, variable: &str, property: &str) -> Result<Option<i64>, Error> {
        self.configured(variable, property).map(|text| integer(&text)).transpose()
    }

    /// The URL that the environment or the profile gives for a service, by its `service_id` in
    /// snake case, e.g. `bedrock_runtime`.
    pub fn endpoint_url(&self, service_id: &str) -> Result<Option<String>, Error> {
        let variable = format!("AWS_ENDPOINT_URL_{}", service_id.to_uppercase());
        let said = |url: &String| !url.is_empty();
        if let Some(url) = self.variable(&variable).filter(said) {
            return Ok(Some(url));
        }
        if let Some(url) = self.variable("AWS_ENDPOINT_URL").filter(said) {
            return Ok(Some(url));
        }
        let services = match self.property("services") {
            None => None,
            Some(name) => Some(self.profiles.services(name).ok_or_else(|| {
                Error::new(Kind::InvalidConfig {
                    error_msg: format!(
                        "The profile is configured to use the services section but the \
                         \"{name}\" services configuration does not exist."
                    ),
                })
            })?),
        };
        let of_service = services.and_then(|section| section.nested(service_id, "endpoint_url"));
        let of_profile = self.property("endpoint_url");
        let urls = [of_service, of_profile];
        Ok(urls.into_iter().flatten().find(|url| !url.is_empty()).map(str::to_owned))
    }
}

fn integer(text: &str) -> Result<i64, Error> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let is_number = digits
        .split('_')
        .all(|group| !group.is_empty() && group.bytes().all(|digit| digit.is_ascii_digit()));
    if !is_number {
        let message = format!("invalid literal for int() with base 10: '{text}'");
        return Err(Error::new(Kind::InvalidSetting { message }));
    }
    let magnitude = digits.replace('_', "").parse().unwrap_or(i64::MAX);
    Ok(if trimmed.starts_with('-') { -magnitude } else { magnitude })
}
