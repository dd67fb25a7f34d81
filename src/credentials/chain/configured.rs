//! Sources that the environment configures, independently of the profile.

use std::sync::Arc;

use aws_types::os_shim_internal::Env;

use crate::credentials::providers::environment_variables;
use crate::credentials::providers::instance_metadata::InstanceMetadata;
use crate::credentials::source::CredentialSource;
use crate::environment::Environment;
use crate::error::Error;

/// Environment variables, if they hold credentials.
pub(super) fn environment_variables(variables: &Env) -> Result<Option<CredentialSource>, Error> {
    let Some(identity) = environment_variables::credentials(variables)? else { return Ok(None) };
    let identity = Arc::new(identity);
    Ok(Some(match identity.expires() {
        None => CredentialSource::Static(identity),
        Some(_) => CredentialSource::Environment { first: identity, variables: variables.clone() },
    }))
}

/// Instance metadata, unless it is disabled.
pub(super) fn instance_metadata(environment: &Environment) -> Result<CredentialSource, Error> {
    Ok(InstanceMetadata::configured(environment)?
        .map_or(CredentialSource::None, CredentialSource::InstanceMetadata))
}
