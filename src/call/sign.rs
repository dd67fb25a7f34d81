//! Authenticates requests with SigV4 signatures or bearer tokens.

use std::sync::Arc;
use std::time::SystemTime;

use http::Request;
use http::header::{AUTHORIZATION, HeaderValue};

use crate::call::sigv4::{Scope, sigv4, unsendable};
use crate::call::target::Target;
use crate::config::auth::Auth;
use crate::credentials::Identity;
use crate::error::{Error, Kind};
use crate::http::request_body::RequestBody;
use crate::runtime::shared;

/// From this size on, encoding and hashing a body count as blocking work: they take half a millisecond
/// per megabyte, or two without SHA instructions, and would delay the other calls and streams of the
/// runtime.
pub const LARGE_BODY: usize = 1 << 20;

/// What a request is authenticated with.
pub enum RequestAuth<'a> {
    SigV4(Arc<Identity>),
    Bearer(&'a str),
    /// The request is not signed.
    None,
}

impl<'a> RequestAuth<'a> {
    /// Retrieves or refreshes credentials if necessary. `call_identity` was passed with the call,
    /// for [`Auth::External`] and [`Auth::ExternalBearer`].
    ///
    /// Errors: `NoCredentialsError`, `NoAuthTokenError`, those of the credential providers, and
    /// the error of [`Auth::Unavailable`].
    pub async fn resolve(
        auth: &'a Auth,
        call_identity: Option<&'a Identity>,
    ) -> Result<Self, Error> {
        Ok(match auth {
            Auth::SigV4(credentials) => RequestAuth::SigV4(match credentials.current() {
                Some(identity) => identity,
                None => credentials.get().await?,
            }),
            Auth::External(earlier) => match call_identity {
                Some(identity) => RequestAuth::SigV4(earlier.same_or_new(identity)),
                None => return Err(Error::new(Kind::NoCredentials)),
            },
            Auth::Bearer(token) => RequestAuth::Bearer(token),
            Auth::ExternalBearer => match call_identity.and_then(Identity::session_token) {
                Some(token) => RequestAuth::Bearer(token),
                None => return Err(Error::new(Kind::NoAuthToken)),
            },
            Auth::None => RequestAuth::None,
            Auth::Unavailable(error) => return Err(error.clone()),
        })
    }
}

/// Adds the headers of the auth scheme. The signature covers the headers that the request has now.
///
/// Returns the SigV4 signature, which the signature of a two-way stream's first frame depends on.
///
/// Error: `HTTPClientError` for credentials, a token or a region that a header cannot hold.
pub fn authorize(
    request: &mut Request<RequestBody>,
    auth: &RequestAuth<'_>,
    target: &Target,
) -> Result<Option<String>, Error> {
    let is_large = request.body().len() >= LARGE_BODY;
    let mut authorize = || {
        // Encodes large blobs, if no attempt has done so yet.
        request.body().bytes();
        let identity = match auth {
            RequestAuth::SigV4(identity) => identity,
            RequestAuth::Bearer(token) => return bearer(request, token).map(|()| None),
            RequestAuth::None => return Ok(None),
        };
        let endpoint = &target.endpoint;
        let scope = Scope { region: &endpoint.signing_region, name: &endpoint.signing_name };
        let cache = &target.canonical_cache;
        sigv4(request, identity, scope, SystemTime::now(), cache).map(Some)
    };
    if is_large { shared::block_in_place(authorize) } else { authorize() }
}

/// Adds `authorization: Bearer …`.
fn bearer(request: &mut Request<RequestBody>, token: &str) -> Result<(), Error> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| unsendable("the Bedrock API key"))?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(())
}
