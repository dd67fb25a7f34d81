//! Authenticates requests with SigV4 signatures or bearer tokens.

use std::sync::Arc;
use std::time::SystemTime;

use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningInstructions, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use http::Request;
use http::header::{AUTHORIZATION, HeaderValue};

use crate::config::auth::Auth;
use crate::config::endpoint::Endpoint;
use crate::credentials::Identity;
use crate::error::{Error, Kind};
use crate::http::request_body::RequestBody;
use crate::runtime::shared;

/// From this size on, hashing a body counts as blocking work: it takes half a millisecond per
/// megabyte and would delay the other calls and streams of the runtime.
const LARGE_BODY: usize = 1 << 20;

/// Headers that no signature covers: botocore's list. Some are parameters of operations of AgentCore,
/// others come from handlers of events.
const NEVER_SIGNED: [&str; 14] = [
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// What a request is authenticated with.
pub enum RequestAuth<'a> {
    /// SigV4 with credentials of the client.
    OfClient(Arc<Identity>),
    /// SigV4 with credentials that were passed with the call.
    OfCall(&'a Identity),
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
            Auth::SigV4(credentials) => RequestAuth::OfClient(match credentials.current() {
                Some(identity) => identity,
                None => credentials.get().await?,
            }),
            Auth::External => match call_identity {
                Some(identity) => RequestAuth::OfCall(identity),
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

/// What a SigV4 signature is valid for: a region and the signing name of a service.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub region: &'a str,
    pub name: &'a str,
}

/// Adds the headers of the auth scheme. The signature covers the headers that the request has now,
/// except [`NEVER_SIGNED`].
///
/// Returns the SigV4 signature, which the signature of a two-way stream's first frame depends on.
///
/// Error: `HTTPClientError` for credentials, a token or a region that a header cannot hold.
pub fn authorize(
    request: &mut Request<RequestBody>,
    auth: &RequestAuth<'_>,
    endpoint: &Endpoint,
) -> Result<Option<String>, Error> {
    let identity = match auth {
        RequestAuth::OfClient(identity) => identity,
        RequestAuth::OfCall(identity) => *identity,
        RequestAuth::Bearer(token) => return bearer(request, token).map(|()| None),
        RequestAuth::None => return Ok(None),
    };
    let is_large = request.body().bytes().len() >= LARGE_BODY;
    let scope = Scope { region: &endpoint.signing_region, name: &endpoint.signing_name };
    let mut sign = || sigv4(request, identity, scope, SystemTime::now());
    let signature = match is_large && shared::is_runtime_thread() {
        true => tokio::task::block_in_place(sign),
        false => sign(),
    };
    signature.map(Some)
}

/// Adds `x-amz-date`, `x-amz-security-token` and `authorization`, and returns the signature.
pub fn sigv4(
    request: &mut Request<RequestBody>,
    identity: &Identity,
    scope: Scope<'_>,
    time: SystemTime,
) -> Result<String, Error> {
    let (instructions, signature) =
        scope.sign(request, identity, time, SigningSettings::default())?;
    for header in instructions.into_parts().0 {
        let mut value = HeaderValue::from_str(header.value()).map_err(|_| {
            let is_key = HeaderValue::from_str(identity.access_key_id()).is_err();
            unsendable(if is_key { "the AWS access key id" } else { "the region" })
        })?;
        value.set_sensitive(header.sensitive());
        request.headers_mut().insert(header.name(), value);
    }
    Ok(signature)
}

impl Scope<'_> {
    /// Returns what is to be added to the request, and the signature. The signature covers the
    /// headers of the request, except [`NEVER_SIGNED`].
    pub fn sign(
        self,
        request: &Request<RequestBody>,
        identity: &Identity,
        time: SystemTime,
        mut settings: SigningSettings,
    ) -> Result<(SigningInstructions, String), Error> {
        let unsignable = |error: &dyn std::fmt::Display| {
            Error::new(Kind::UnsendableRequest {
                error: format!("the request cannot be signed: {error}"),
            })
        };
        // See NEVER_SIGNED.
        settings.excluded_headers = None;
        let params = v4::SigningParams::builder()
            .identity(identity.signing())
            .region(self.region)
            .name(self.name)
            .time(time)
            .settings(settings)
            .build()
            .map_err(|error| unsignable(&error))?
            .into();
        let headers = request
            .headers()
            .iter()
            .filter(|(name, _)| !NEVER_SIGNED.contains(&name.as_str()))
            .map(|(name, value)| Ok((name.as_str(), std::str::from_utf8(value.as_bytes())?)))
            .collect::<Result<Vec<_>, std::str::Utf8Error>>()
            .map_err(|error| unsignable(&error))?;
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().path_and_query().map_or("/", |target| target.as_str()),
            headers.into_iter(),
            SignableBody::Bytes(request.body().bytes()),
        )
        .map_err(|error| unsignable(&error))?;
        let signed = sign(signable, &params).map_err(|error| match identity.session_token() {
            Some(token) if HeaderValue::from_str(token).is_err() => {
                unsendable("the AWS session token")
            }
            _ => unsignable(&error),
        });
        Ok(signed?.into_parts())
    }
}

/// botocore raises the same class when it sends the request, but only after its last attempt. Here
/// it is raised at once, because every attempt has the same setting.
fn unsendable(setting: &str) -> Error {
    let error =
        format!("{setting} holds a line break or another character that a header cannot hold");
    Error::new(Kind::UnsendableRequest { error })
}

/// Adds `authorization: Bearer …`.
fn bearer(request: &mut Request<RequestBody>, token: &str) -> Result<(), Error> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| unsendable("the Bedrock API key"))?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(())
}
