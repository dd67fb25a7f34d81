//! Asks a source for keys, most of the time through `aws-config`'s provider for it.

use std::error::Error as _;
use std::sync::Arc;

use aws_config::login::LoginCredentialsProvider;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::identity::Identity;
use super::mfa::Codes;
use super::nested_clients::{NestedClients, told};
use super::role::Role;
use super::source::{Source, environment_keys, partial};
use super::{sso, sts};
use crate::environment::region;
use crate::error::{Error, Kind};
use crate::log;

/// Asks the source, with the codes of its MFA devices where it wants some. `Ok(None)`: the chain
/// ends here without any keys.
pub(super) async fn fetch(
    source: &Source,
    codes: &Codes,
    nested_clients: &NestedClients,
    http_client: &SharedHttpClient,
) -> Result<Option<Identity>, Error> {
    let Source::AssumeRole { roles, source } = source else {
        return place(source, nested_clients, http_client).await;
    };
    log::looking_for_credentials(sts::ASSUME_ROLE);
    // First, so that a code is not used up where STS cannot be asked.
    let config = nested_clients.sts(http_client)?;
    // Roles whose keys still last need not be assumed again, nor those behind them.
    let lasting = (0..).zip(roles).find_map(|(index, role)| Some((index, role.lasting_keys()?)));
    let count = lasting.as_ref().map_or(roles.len(), |(index, _)| *index);
    let wants_code = |role: &Role| role.mfa_serial.is_some();
    let codes = if roles.iter().take(count).any(wants_code) { codes.take()? } else { Vec::new() };
    let mut codes = codes.iter();
    let mut assumed: Vec<_> = roles
        .iter()
        .take(count)
        .map(|role| (role, if wants_code(role) { codes.next() } else { None }))
        .collect();
    let keys = match lasting {
        Some((_, keys)) => Some(keys.as_ref().clone()),
        None => place(source, nested_clients, http_client).await?,
    };
    let missing = || failed(sts::ASSUME_ROLE, "the keys to assume the role with were not found");
    let mut keys = keys.ok_or_else(missing)?;
    while let Some((role, code)) = assumed.pop() {
        keys = sts::assume_role(role, code, &config, &keys)
            .await
            .map_err(|error| failed(sts::ASSUME_ROLE, &error))?;
        role.keys.store(Some(Arc::new(keys.clone())));
    }
    Ok(Some(keys))
}

/// Asks a source that is no role to assume.
async fn place(
    source: &Source,
    nested_clients: &NestedClients,
    http_client: &SharedHttpClient,
) -> Result<Option<Identity>, Error> {
    let method = source.method();
    log::looking_for_credentials(method);
    let found = match source {
        Source::Keys(identity) => return Ok(Some(identity.as_ref().clone())),
        Source::Environment { env, .. } => {
            return match environment_keys(env)? {
                None => Err(partial(method, "AWS_ACCESS_KEY_ID")),
                Some(identity) if identity.expires().is_none() => {
                    Err(partial(method, "AWS_CREDENTIAL_EXPIRATION"))
                }
                identity => Ok(identity),
            };
        }
        Source::Process(process) => return process.fetch().await.map(Some),
        Source::Container(container) => return container.fetch().await.map(Some),
        Source::InstanceMetadata(service) => return service.fetch().await,
        Source::Nowhere | Source::AssumeRole { .. } => return Ok(None),
        Source::Sso(role) => {
            region::validate(&role.region)?;
            let portal = nested_clients.sso(http_client)?;
            let oidc = nested_clients.oidc(http_client)?;
            let keys = sso::fetch(role, portal, oidc).await;
            let keys = keys.map_err(|error| failed(method, &error))?;
            return Ok(Some(Identity::found(keys, method)));
        }
        Source::WebIdentity(identity) => {
            let config = nested_clients.sts(http_client)?;
            let keys = sts::web_identity(identity, &config).await;
            return keys.map(Some).map_err(|error| failed(method, &error));
        }
        Source::Login { session } => {
            let config = nested_clients.provider_config(http_client)?;
            let builder = LoginCredentialsProvider::builder(session).configure(&config);
            builder.build().provide_credentials().await
        }
    };
    match found {
        Ok(credentials) => Ok(Some(Identity::found(credentials, method))),
        // Its own text only says that something failed.
        Err(error) => Err(failed(method, &told(error.source().unwrap_or(&error)))),
    }
}

pub(super) fn failed(provider: &str, error_msg: &str) -> Error {
    let (provider, error_msg) = (provider.to_owned(), error_msg.to_owned());
    Error::new(Kind::CredentialRetrieval { provider, error_msg })
}
