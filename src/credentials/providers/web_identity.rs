//! Roles that are assumed with the token of a web identity.
//!
//! `aws-config`'s provider does not support the endpoint of a profile.

use std::path::PathBuf;

use aws_types::SdkConfig;

use super::sts;
use crate::credentials::identity::Identity;
use crate::credentials::identity_clients::text_with_causes;

const METHOD: &str = "assume-role-with-web-identity";

/// A role to assume with the token in a file.
#[derive(Debug, Clone)]
pub struct WebIdentity {
    pub(crate) role_arn: String,
    pub(crate) session_name: Option<String>,
    pub(crate) token_file: PathBuf,
}

/// Calls AssumeRoleWithWebIdentity. Reads the token each time, because its file is replaced from
/// time to time. The error is a text without secrets.
pub async fn assume(identity: &WebIdentity, config: &SdkConfig) -> Result<Identity, String> {
    let path = &identity.token_file;
    let token = std::fs::read_to_string(path)
        .map_err(|error| format!("the token in {} cannot be read: {error}", path.display()))?;
    let output = aws_sdk_sts::Client::new(config)
        .assume_role_with_web_identity()
        .role_arn(&identity.role_arn)
        .role_session_name(sts::session_name(identity.session_name.as_deref()))
        .web_identity_token(token)
        .send()
        .await
        .map_err(|error| text_with_causes(&error))?;
    sts::identity(output.credentials, output.assumed_role_user, METHOD)
}
