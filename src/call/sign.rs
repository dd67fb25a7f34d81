//! Proves who sends a request: SigV4 or bearer headers.

use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::header::{AUTHORIZATION, HeaderValue};

use crate::config::settings::Endpoint;
use crate::credentials::Identity;
use crate::error::{Error, Kind};

/// Adds `x-amz-date`, `x-amz-security-token` and `authorization` for the headers that are there.
/// Headers added later are not covered by the signature.
///
/// Error: `HTTPClientError` for keys or a region that no header may hold.
pub fn sigv4<B>(
    request: &mut http::Request<B>,
    target: &str,
    body: &[u8],
    identity: &Identity,
    endpoint: &Endpoint,
    time: SystemTime,
) -> Result<(), Error> {
    let unsignable = |error: &dyn std::fmt::Display| {
        Error::new(Kind::UnsendableRequest {
            error: format!("the request cannot be signed: {error}"),
        })
    };
    let mut settings = SigningSettings::default();
    // Only what must be covered is in the request yet.
    settings.excluded_headers = None;
    let params = v4::SigningParams::builder()
        .identity(identity.signing())
        .region(&endpoint.signing_region)
        .name(&endpoint.signing_name)
        .time(time)
        .settings(settings)
        .build()
        .map_err(|error| unsignable(&error))?
        .into();
    let instructions = {
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| Ok((name.as_str(), std::str::from_utf8(value.as_bytes())?)))
            .collect::<Result<Vec<_>, std::str::Utf8Error>>()
            .map_err(|error| unsignable(&error))?;
        let signable = SignableRequest::new(
            request.method().as_str(),
            target,
            headers.into_iter(),
            SignableBody::Bytes(body),
        )
        .map_err(|error| unsignable(&error))?;
        let signed = sign(signable, &params).map_err(|error| match identity.session_token() {
            Some(token) if HeaderValue::from_str(token).is_err() => {
                unsendable("the AWS session token")
            }
            _ => unsignable(&error),
        });
        signed?.into_parts().0
    };
    for header in instructions.into_parts().0 {
        let mut value = HeaderValue::from_str(header.value()).map_err(|_| {
            let is_key = HeaderValue::from_str(identity.access_key_id()).is_err();
            unsendable(if is_key { "the AWS access key id" } else { "the region" })
        })?;
        value.set_sensitive(header.sensitive());
        request.headers_mut().insert(header.name(), value);
    }
    Ok(())
}

/// botocore raises the same class when it sends the request, but only after its last attempt. Here
/// it is raised at once, because another attempt has the same setting.
fn unsendable(setting: &str) -> Error {
    let error =
        format!("{setting} holds a line break or another character that no header may hold");
    Error::new(Kind::UnsendableRequest { error })
}

/// Adds `authorization: Bearer …`.
///
/// Error: `HTTPClientError` for a token that no header may hold.
pub fn bearer<B>(request: &mut http::Request<B>, token: &str) -> Result<(), Error> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| unsendable("the Bedrock API key"))?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(())
}
