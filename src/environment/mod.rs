//! Environment variables and profile files, read as botocore reads them.

pub mod arguments;
mod ini;
mod models;
pub mod profile;
pub mod python_int;
pub mod region;
pub mod shell_words;
pub mod url;

use std::env::VarError;

use aws_types::os_shim_internal::Env;

use crate::error::{Error, Kind};
use arguments::Arguments;
use profile::{Profiles, Section};
use python_int::PythonInt;

/// The configured region of a client that is created without one; it may be invalid. `None` if no
/// region is configured.
///
/// Errors: `ConfigParseError`, `ProfileNotFound`.
pub fn configured_region(profile_name: Option<&str>) -> Result<Option<String>, Error> {
    let env = Env::real();
    if let Some(region_name) = region_variable(&env) {
        return Ok(Some(region_name));
    }
    Ok(Environment::read_profile(env, profile_name)?.property("region").map(str::to_owned))
}

/// boto3 reads only `AWS_DEFAULT_REGION`; AWS's other SDKs and Lambda use `AWS_REGION`. An empty
/// `AWS_REGION` counts as not set, because boto3 does not read it.
fn region_variable(env: &Env) -> Option<String> {
    let region = env.get("AWS_REGION").ok().filter(|region_name| !region_name.is_empty());
    env.get("AWS_DEFAULT_REGION").ok().or(region)
}

/// Settings of botocore that have no effect here: the variable, the profile's property and the
/// default.
const INEFFECTIVE: [(&str, &str, &str); 2] = [
    ("AWS_DEFAULTS_MODE", "defaults_mode", "legacy"),
    ("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints", "regional"),
];

/// Boolean settings: the variable and the profile's property.
const FLAGS: [(&str, &str); 3] = [
    ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"),
];

/// Returns an error if a variable is not UTF-8, because `Env` would report it as not set.
fn check_encoding(env: &Env) -> Result<(), Error> {
    let is_read = |name: &String| name.starts_with("AWS_") || name == "REQUESTS_CA_BUNDLE";
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    match names.filter(is_read).find(|name| matches!(env.get(name), Err(VarError::NotUnicode(_)))) {
        None => Ok(()),
        Some(name) => {
            let message = format!("the environment variable {name} is not UTF-8");
            Err(Error::new(Kind::InvalidSetting { message }))
        }
    }
}

/// The environment variables, the profile files, and the profile in use.
#[derive(Clone)]
pub struct Environment {
    pub(crate) variables: Env,
    pub(crate) profiles: Profiles,
    profile_name: Option<String>,
    /// Whether the caller named the profile. If so, botocore ignores credentials in variables.
    pub profile_is_explicit: bool,
}

impl Environment {
    /// [`Environment::read`] with the variables of this process.
    pub fn read_real(arguments: &Arguments) -> Result<(Self, Option<String>), Error> {
        Environment::read(arguments, Env::real())
    }

    /// Reads the files. Also returns the region from the arguments, the variables or the profile,
    /// if one of them has it. Instance metadata is never asked for the region.
    ///
    /// Errors: `InvalidRegionError`, `ConfigParseError`; `ProfileNotFound` if neither file has the
    /// profile that was named.
    pub fn read(arguments: &Arguments, env: Env) -> Result<(Self, Option<String>), Error> {
        let explicit = arguments
            .region_name
            .clone()
            .or_else(|| arguments.config_region_name.clone())
            .or_else(|| region_variable(&env));
        explicit.as_deref().map_or(Ok(()), region::validate)?;
        let environment = Environment::read_profile(env, arguments.profile_name.as_deref())?;
        let region_name = explicit.or_else(|| environment.property("region").map(str::to_owned));
        region_name.as_deref().map_or(Ok(()), region::validate)?;
        Ok((environment, region_name))
    }

    /// An environment without variables and profiles, for a client whose settings are all among its
    /// arguments. Also returns the region.
    ///
    /// Error: `InvalidRegionError`.
    pub fn empty(arguments: &Arguments) -> Result<(Self, Option<String>), Error> {
        let region_name = arguments.region_name.clone();
        region_name.as_deref().map_or(Ok(()), region::validate)?;
        let environment = Environment {
            variables: Env::from_slice(&[]),
            profiles: Profiles::default(),
            profile_name: None,
            profile_is_explicit: false,
        };
        Ok((environment, region_name))
    }

    fn read_profile(env: Env, profile_name: Option<&str>) -> Result<Self, Error> {
        check_encoding(&env)?;
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
        Ok(Environment { variables: env, profiles, profile_name: named, profile_is_explicit })
    }

    pub fn profile_name(&self) -> &str {
        self.profile_name.as_deref().unwrap_or("default")
    }

    pub(crate) fn profile(&self) -> &Section {
        self.profiles.section(self.profile_name())
    }

    pub fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).ok()
    }

    pub fn property(&self, name: &str) -> Option<&str> {
        self.profile().text(name)
    }

    /// The variable, or else the property of the profile. An empty value counts as set.
    pub fn configured(&self, variable: &str, property: &str) -> Option<String> {
        self.variable(variable).or_else(|| self.property(property).map(str::to_owned))
    }

    /// A boolean setting. Every value except "true" is false.
    pub fn flag(&self, variable: &str, property: &str) -> Option<bool> {
        Some(self.configured(variable, property)?.eq_ignore_ascii_case("true"))
    }

    /// Warnings about values that have no effect, or an unexpected effect.
    pub fn warnings(&self) -> Vec<String> {
        let name = |variable: &str, property: &str| match self.variable(variable) {
            Some(_) => variable.to_owned(),
            None => format!("{property} in the profile {}", self.profile_name()),
        };
        let mut warnings = Vec::new();
        for (variable, property) in FLAGS {
            let value = self.configured(variable, property).unwrap_or_default();
            if !["", "true", "false"].iter().any(|known| value.eq_ignore_ascii_case(known)) {
                let name = name(variable, property);
                warnings.push(format!("{name} is neither true nor false and counts as false"));
            }
        }
        for (variable, property, default) in INEFFECTIVE {
            let value = self.configured(variable, property).unwrap_or_default();
            if !["", default].contains(&value.as_str()) {
                warnings.push(format!("{} has no effect in fastbedrock", name(variable, property)));
            }
        }
        warnings
    }

    /// A whole number, in any form that Python's `int` reads. Error: `ValueError`.
    pub fn integer(&self, variable: &str, property: &str) -> Result<Option<i64>, Error> {
        let Some(text) = self.configured(variable, property) else { return Ok(None) };
        match PythonInt::parse(&text) {
            Some(number) => Ok(Some(number.saturated())),
            None => {
                // The text is botocore's. The name of the setting is added.
                let message = format!(
                    "{variable} or {property}: invalid literal for int() with base 10: '{text}'"
                );
                Err(Error::new(Kind::InvalidSetting { message }))
            }
        }
    }

    /// The configured endpoint URL of a service. `service_id` is in snake case, e.g.
    /// `bedrock_runtime`.
    ///
    /// Error: `InvalidConfigError`.
    pub fn endpoint_url(&self, service_id: &str) -> Result<Option<String>, Error> {
        let variable = format!("AWS_ENDPOINT_URL_{}", service_id.to_uppercase());
        let is_set = |url: &String| !url.is_empty();
        if let Some(url) = self.variable(&variable).filter(is_set) {
            return Ok(Some(url));
        }
        if let Some(url) = self.variable("AWS_ENDPOINT_URL").filter(is_set) {
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
        let in_services = services.and_then(|section| section.nested(service_id, "endpoint_url"));
        let in_profile = self.property("endpoint_url");
        let urls = [in_services, in_profile];
        Ok(urls.into_iter().flatten().find(|url| !url.is_empty()).map(str::to_owned))
    }
}
