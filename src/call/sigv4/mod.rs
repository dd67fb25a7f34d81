//! Signature Version 4: of a request with its headers, and of a URL.

mod canonical_cache;
mod canonical_request;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::Digest;
use http::Request;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::credentials::{ALGORITHM, Identity, SigningKey, SigningTime};
use crate::error::{Error, Kind};
use crate::http::request_body::RequestBody;
pub use canonical_cache::CanonicalCache;
use canonical_request::DATE;
pub use canonical_request::{CoveredHeaders, Hexadecimal, canonical_request};

const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// What a SigV4 signature is valid for: a region and the signing name of a service.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub region: &'a str,
    pub name: &'a str,
}

/// Adds `x-amz-date`, `x-amz-security-token` and `authorization`, and returns the signature. It
/// covers the headers of the request, except those that proxies may change. `cache` is that of the
/// client's earlier requests.
///
/// Error: `HTTPClientError` for credentials or a region that a header cannot hold.
pub fn sigv4(
    request: &mut Request<RequestBody>,
    identity: &Identity,
    scope: Scope<'_>,
    time: SystemTime,
    cache: &CanonicalCache,
) -> Result<String, Error> {
    let signer = Signer::new(identity, scope, time);
    let headers = request.headers_mut();
    headers.insert(DATE, signer.date().clone());
    if let Some(token) = identity.sent_session_token() {
        let token = HeaderValue::from_str(token);
        let mut token = token.map_err(|_| unsendable("the AWS session token"))?;
        token.set_sensitive(true);
        headers.insert(SECURITY_TOKEN, token);
    }
    let form = cache.form_of(request)?;
    let signature = signer.signature(&form.hash(signer.date(), &request.body().sha256()));
    let authorization = [
        ALGORITHM,
        " Credential=",
        identity.access_key_id(),
        "/",
        signer.scope(),
        ", SignedHeaders=",
        form.names(),
        ", Signature=",
        &signature,
    ];
    let authorization = HeaderValue::try_from(authorization.concat()).map_err(|_| {
        let is_key = HeaderValue::from_str(identity.access_key_id()).is_err();
        unsendable(if is_key { "the AWS access key id" } else { "the region" })
    })?;
    request.headers_mut().insert(AUTHORIZATION, authorization);
    Ok(signature)
}

/// Signs at one time with the key of one scope.
pub struct Signer {
    key: Arc<SigningKey>,
    time: Arc<SigningTime>,
}

impl Signer {
    pub fn new(identity: &Identity, scope: Scope<'_>, time: SystemTime) -> Self {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let seconds = i64::try_from(seconds).unwrap_or_default();
        let key = identity.signing_key(seconds, scope.region, scope.name);
        let time = key.at(seconds);
        Signer { key, time }
    }

    /// `20260102T030405Z`
    pub fn date(&self) -> &HeaderValue {
        self.time.date()
    }

    /// `20260102/us-west-2/bedrock/aws4_request`
    pub fn scope(&self) -> &str {
        self.key.scope()
    }

    /// The signature of a canonical request with this hash.
    pub fn signature(&self, canonical_request: &Digest) -> String {
        let hash = Hexadecimal::of(canonical_request.as_ref());
        Hexadecimal::of(self.time.sign(hash.as_bytes()).as_ref()).as_str().to_owned()
    }
}

/// botocore raises the same class when it sends the request, but only after its last attempt. Here
/// it is raised at once, because every attempt has the same setting.
pub(super) fn unsendable(setting: &str) -> Error {
    let error =
        format!("{setting} holds a line break or another character that a header cannot hold");
    Error::new(Kind::UnsendableRequest { error })
}

#[cfg(test)]
mod tests;
