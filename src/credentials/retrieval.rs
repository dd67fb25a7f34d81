//! Retrieves the credentials of a source.

use std::error::Error as _;
use std::sync::Arc;

use aws_config::login::LoginCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::identity::Identity;
use super::identity_clients::{IdentityClients, text_with_causes};
use super::mfa::MfaCodes;
use super::providers::assume_role::{self, AssumedRole};
use super::providers::{environment_variables, sso, web_identity};
use super::source::CredentialSource;
use crate::environment::region;
use crate::error::Error;
use crate::log;

/// Retrieves the credentials, with the codes of MFA devices if the source needs them. `Ok(None)`
/// means that the chain of providers ends without credentials.
pub(super) async fn retrieve(
    source: &CredentialSource,
    codes: &MfaCodes,
    clients: &IdentityClients,
    http_client: &SharedHttpClient,
) -> Result<Option<Identity>, Error> {
    let CredentialSource::AssumeRole { roles, source } = source else {
        return retrieve_directly(source, clients, http_client).await;
    };
    let method = assume_role::METHOD;
    log::retrieving_credentials(method);
    // This precedes the use of the codes, so that they are not used up if STS cannot be called.
    let config = clients.sts(http_client)?;
    // A role with lasting credentials is not assumed again. The roles after it in the list are not
    // needed either.
    let lasting =
        (0..).zip(roles).find_map(|(index, role)| Some((index, role.lasting_credentials()?)));
    let count = lasting.as_ref().map_or(roles.len(), |(index, _)| *index);
    let needs_code = |role: &AssumedRole| role.mfa_serial.is_some();
    let codes = if roles.iter().take(count).any(needs_code) { codes.take()? } else { Vec::new() };
    let mut codes = codes.iter();
    let mut to_assume: Vec<_> = roles
        .iter()
        .take(count)
        .map(|role| (role, if needs_code(role) { codes.next() } else { None }))
        .collect();
    let first = match lasting {
        Some((_, identity)) => Some(identity.as_ref().clone()),
        None => retrieve_directly(source, clients, http_client).await?,
    };
    let missing = "the credentials to assume the role with were not found";
    let mut identity = first.ok_or_else(|| Error::credential_retrieval(method, missing))?;
    while let Some((role, code)) = to_assume.pop() {
        identity = assume_role::assume(role, code, &config, &identity)
            .await
            .map_err(|error| Error::credential_retrieval(method, error))?;
        role.last_credentials.store(Some(Arc::new(identity.clone())));
    }
    Ok(Some(identity))
}

/// Retrieves the credentials of a source that is not a role to assume.
async fn retrieve_directly(
    source: &CredentialSource,
    clients: &IdentityClients,
    http_client: &SharedHttpClient,
) -> Result<Option<Identity>, Error> {
    let method = source.method();
    log::retrieving_credentials(method);
    match source {
        CredentialSource::Static(identity) => Ok(Some(identity.as_ref().clone())),
        CredentialSource::Environment { variables, .. } => {
            match environment_variables::credentials(variables)? {
                None => Err(Error::partial_credentials(method, "AWS_ACCESS_KEY_ID")),
                Some(identity) if identity.expires().is_none() => {
                    Err(Error::partial_credentials(method, "AWS_CREDENTIAL_EXPIRATION"))
                }
                identity => Ok(identity),
            }
        }
        CredentialSource::Process(process) => process.retrieve().await.map(Some),
        CredentialSource::Container(container) => container.retrieve().await.map(Some),
        CredentialSource::InstanceMetadata(service) => service.retrieve().await,
        CredentialSource::None | CredentialSource::AssumeRole { .. } => Ok(None),
        CredentialSource::Sso(role) => {
            region::validate(&role.region)?;
            let portal = clients.sso(http_client)?;
            let oidc = clients.oidc(http_client)?;
            match sso::retrieve(role, portal, oidc).await {
                Ok(credentials) => Ok(Some(Identity::from_sdk(credentials, method))),
                Err(error) => Err(Error::credential_retrieval(method, error)),
            }
        }
        CredentialSource::WebIdentity(role) => {
            let config = clients.sts(http_client)?;
            let assumed = web_identity::assume(role, &config).await;
            assumed.map(Some).map_err(|error| Error::credential_retrieval(method, error))
        }
        CredentialSource::Login { session } => {
            let config = clients.provider_config(http_client)?;
            let builder = LoginCredentialsProvider::builder(session).configure(&config);
            match builder.build().provide_credentials().await {
                Ok(credentials) => Ok(Some(Identity::from_sdk(credentials, method))),
                Err(error) => {
                    // The text of the error itself says only that something failed.
                    let text = text_with_causes(error.source().unwrap_or(&error));
                    Err(Error::credential_retrieval(method, text))
                }
            }
        }
    }
}
