//! Credentials in environment variables, e.g. `AWS_ACCESS_KEY_ID`.

use aws_types::os_shim_internal::Env;

use crate::credentials::expiration;
use crate::credentials::identity::Identity;
use crate::error::{Error, Kind};

/// Reads the variables; empty ones count as not set.
///
/// Errors: `PartialCredentialsError`; `ValueError` for a time of expiry that cannot be read.
pub fn credentials(variables: &Env) -> Result<Option<Identity>, Error> {
    let variable = |name: &str| variables.get(name).ok().filter(|value| !value.is_empty());
    let Some(access_key) = variable("AWS_ACCESS_KEY_ID") else { return Ok(None) };
    let secret_key = variable("AWS_SECRET_ACCESS_KEY")
        .ok_or_else(|| Error::partial_credentials("env", "AWS_SECRET_ACCESS_KEY"))?;
    let token = variable("AWS_SECURITY_TOKEN").or_else(|| variable("AWS_SESSION_TOKEN"));
    let expires = variable("AWS_CREDENTIAL_EXPIRATION").map(|text| {
        expiration::parse("AWS_CREDENTIAL_EXPIRATION", &text)
            .map_err(|message| Error::new(Kind::InvalidSetting { message }))
    });
    let identity = Identity::new(access_key, secret_key, token, expires.transpose()?, "env");
    Ok(Some(identity.with_account_id(variable("AWS_ACCOUNT_ID").as_deref())))
}
