//! Environment variables and profile files, read as botocore reads them.

pub mod arguments;
mod ini;
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

/// The region of a client that names none, valid or not. `None` where none is configured.
///
/// Errors: `ConfigParseError`, `ProfileNotFound`.
pub fn configured_region(profile_name: Option<&str>) -> Result<Option<String>, Error> {
    let env = Env::real();
    if let Some(region_name) = region_variable(&env) {
        return Ok(Some(region_name));
    }
    Ok(Environment::read_profile(env, profile_name)?.property("region").map(str::to_owned))
}

/// `AWS_REGION` is the word of AWS's other SDKs, and of Lambda; boto3 knows the first one only. An
/// empty `AWS_REGION` counts as not set, because boto3 does not read it.
fn region_variable(env: &Env) -> Option<String> {
    let ours = env.get("AWS_REGION").ok().filter(|region_name| !region_name.is_empty());
    env.get("AWS_DEFAULT_REGION").ok().or(ours)
}

/// Settings of botocore's that change nothing here, with the value that they have by default.
const INEFFECTIVE: [(&str, &str, &str); 2] = [
    ("AWS_DEFAULTS_MODE", "defaults_mode", "legacy"),
    ("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints", "regional"),
];

/// The settings that are a yes or no: environment variables with the profile's properties.
const FLAGS: [(&str, &str); 3] = [
    ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"),
];

/// An error for a variable that is not UTF-8, which `Env` would report as not set.
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

#[derive(Clone)]
pub(crate) struct Environment {
    pub variables: Env,
    pub profiles: Profiles,
    profile_name: Option<String>,
    /// The caller named the profile, which makes botocore ignore keys in the environment.
    pub profile_is_explicit: bool,
}

impl Environment {
    /// Reads the files. The region comes along where there is one: an argument's, the
    /// environment's, the profile's. It is never asked from instance metadata.
    ///
    /// Errors: `InvalidRegionError`, `ConfigParseError`; `ProfileNotFound` where a profile was
    /// named that neither file has.
    pub fn read(arguments: &Arguments, env: Env) -> Result<(Self, Option<String>), Error> {
        let said = arguments
            .region_name
            .clone()
            .or_else(|| arguments.config_region_name.clone())
            .or_else(|| region_variable(&env));
        said.as_deref().map_or(Ok(()), region::validate)?;
        let environment = Environment::read_profile(env, arguments.profile_name.as_deref())?;
        let region_name = said.or_else(|| environment.property("region").map(str::to_owned));
        region_name.as_deref().map_or(Ok(()), region::validate)?;
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

    pub fn profile(&self) -> &Section {
        self.profiles.section(self.profile_name())
    }

    pub fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).ok()
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

    /// Warnings about values that have no effect, or not the effect that they seem to have.
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

    /// A whole number in any form that Python's `int` reads.
    pub fn integer(&self, variable: &str, property: &str) -> Result<Option<i64>, Error> {
        let Some(text) = self.configured(variable, property) else { return Ok(None) };
        match PythonInt::parse(&text) {
            Some(number) => Ok(Some(number.saturated())),
            None => {
                // botocore's text behind the name, which botocore does not tell.
                let message = format!(
                    "{variable} or {property}: invalid literal for int() with base 10: '{text}'"
                );
                Err(Error::new(Kind::InvalidSetting { message }))
            }
        }
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
