//! botocore's chain of credential providers: selects the source and retrieves no credentials yet.

mod configured;
mod profile;
mod roles;

use std::sync::Arc;

use super::identity::Identity;
use super::providers::container::Container;
use super::source::CredentialSource;
use crate::environment::Environment;
use crate::environment::arguments::Arguments;
use crate::error::Error;

impl CredentialSource {
    /// The credentials among the arguments, if there are any. Error: `PartialCredentialsError` if
    /// the access key or the secret key is missing.
    pub fn explicit(arguments: &Arguments) -> Result<Option<Self>, Error> {
        match (&arguments.aws_access_key_id, &arguments.aws_secret_access_key) {
            (Some(access_key), Some(secret_key)) => {
                let token = arguments.aws_session_token.clone();
                let identity = Identity::new(access_key, secret_key, token, None, "explicit");
                Ok(Some(CredentialSource::Static(Arc::new(identity))))
            }
            (Some(_), None) => Err(Error::partial_credentials("explicit", "aws_secret_access_key")),
            (None, Some(_)) => Err(Error::partial_credentials("explicit", "aws_access_key_id")),
            (None, None) => Ok(None),
        }
    }

    /// The source of the first provider in botocore's chain that is configured. Reads the
    /// environment and files only.
    ///
    /// Errors: `PartialCredentialsError`, `InvalidConfigError`, `InfiniteLoopConfigError`,
    /// `CredentialRetrievalError`, and those of the settings of instance metadata.
    pub(crate) fn find(environment: &Environment) -> Result<Self, Error> {
        let use_environment = !environment.profile_is_explicit;
        if use_environment
            && let Some(source) = configured::environment_variables(&environment.variables)?
        {
            return Ok(source);
        }
        let name = environment.profile_name();
        if roles::is_role(environment.profile()) {
            return roles::find(environment, name);
        }
        if let Some(source) = profile::find(environment, name, use_environment)? {
            return Ok(source);
        }
        match Container::configured(&environment.variables) {
            Some(container) => Ok(CredentialSource::Container(container)),
            None => configured::instance_metadata(environment),
        }
    }
}
