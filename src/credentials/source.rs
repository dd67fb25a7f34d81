//! The source of credentials that botocore's chain of providers selects.

use std::sync::Arc;

use aws_types::os_shim_internal::Env;

use super::identity::Identity;
use super::providers::assume_role::AssumedRole;
use super::providers::container::Container;
use super::providers::instance_metadata::InstanceMetadata;
use super::providers::process::CredentialProcess;
use super::providers::sso::SsoRole;
use super::providers::web_identity::WebIdentity;

/// A configured source of credentials. Selecting the source uses no network, but retrieving its
/// credentials may.
#[derive(Debug, Clone)]
pub enum CredentialSource {
    /// Credentials that are known already and never expire.
    Static(Arc<Identity>),
    /// Environment variables that tell when their credentials expire. When the credentials expire,
    /// the variables are read again.
    Environment {
        first: Arc<Identity>,
        variables: Env,
    },
    /// Roles. Each role is assumed with the credentials of the next role in the list, and the last
    /// role with the credentials of `source`, which is not itself a role to assume.
    AssumeRole {
        roles: Vec<AssumedRole>,
        source: Box<CredentialSource>,
    },
    WebIdentity(WebIdentity),
    Sso(SsoRole),
    /// A session of `aws login`.
    Login {
        session: String,
    },
    Process(CredentialProcess),
    /// The endpoint that the environment of an ECS task or an EKS pod names.
    Container(Container),
    InstanceMetadata(InstanceMetadata),
    /// No provider is configured, and instance metadata is disabled.
    None,
}

impl CredentialSource {
    /// botocore's name of the provider, as in [`Identity::method`] and in errors.
    pub fn method(&self) -> &'static str {
        match self {
            CredentialSource::Static(identity) => identity.method(),
            CredentialSource::Environment { .. } => "env",
            CredentialSource::AssumeRole { .. } => "assume-role",
            CredentialSource::WebIdentity(_) => "assume-role-with-web-identity",
            CredentialSource::Sso(_) => "sso",
            CredentialSource::Login { .. } => "login",
            CredentialSource::Process(_) => "custom-process",
            CredentialSource::Container(_) => "container-role",
            CredentialSource::InstanceMetadata(_) => "iam-role",
            CredentialSource::None => "none",
        }
    }

    /// Whether a session never replaces this source. botocore keeps the first provider that returns
    /// credentials, even if these are retrieved later. The providers of the other sources retrieve
    /// credentials at once, and may return none.
    pub(super) fn is_final(&self) -> bool {
        !matches!(
            self,
            CredentialSource::Process(_)
                | CredentialSource::Container(_)
                | CredentialSource::InstanceMetadata(_)
                | CredentialSource::None
        )
    }

    /// Whether both are the same source, for sources that are not final.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (CredentialSource::Process(own), CredentialSource::Process(other)) => own == other,
            (CredentialSource::Container(own), CredentialSource::Container(other)) => own == other,
            (
                CredentialSource::InstanceMetadata(own),
                CredentialSource::InstanceMetadata(other),
            ) => own == other,
            (CredentialSource::None, CredentialSource::None) => true,
            _ => false,
        }
    }

    /// The MFA devices that must provide codes before the roles can be assumed, in the order in
    /// which botocore asks for the codes.
    pub(super) fn mfa_devices(&self) -> Vec<String> {
        match self {
            CredentialSource::AssumeRole { roles, .. } => {
                roles.iter().filter_map(|role| role.mfa_serial.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The credentials that are known without a retrieval.
    pub(super) fn known(&self) -> Option<&Arc<Identity>> {
        match self {
            CredentialSource::Static(identity)
            | CredentialSource::Environment { first: identity, .. } => Some(identity),
            _ => None,
        }
    }
}
