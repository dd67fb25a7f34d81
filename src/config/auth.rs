//! How requests prove who sends them, chosen as boto3 chooses.

use std::fmt;
use std::ops::Deref;

use crate::config::endpoint::Endpoint;
use crate::config::settings::Arguments;
use crate::credentials::{Credentials, Source};
use crate::environment::scope::Scope;
use crate::error::{Error, Kind};
use crate::model::{AuthScheme, Service};

/// [`Arguments::signature_version`] for `botocore.UNSIGNED`.
pub const UNSIGNED: &str = "unsigned";

/// The proof that a client's requests carry.
#[derive(Debug, Clone)]
pub enum Auth {
    SigV4(Credentials),
    Bearer(BearerToken),
    /// Requests go out without any proof.
    None,
    /// SigV4 with keys that the face brings along with each call.
    External,
    /// A bearer token that the face brings along with each call.
    ExternalBearer,
    /// There is no way. boto3 finds out at the call and raises this then.
    Unavailable(Error),
}

/// A Bedrock API key. Its debug output hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken(String);

impl Deref for BearerToken {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BearerToken(…)")
    }
}

/// The schemes that the service takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    SigV4,
    Bearer,
}

impl Auth {
    /// botocore's name of the scheme; `None` where requests carry no proof.
    pub fn signature_version(&self) -> Option<&'static str> {
        match self {
            Auth::SigV4(_) | Auth::External => Some("v4"),
            Auth::Bearer(_) | Auth::ExternalBearer => Some("bearer"),
            Auth::None | Auth::Unavailable(_) => None,
        }
    }

    /// Where the proof comes from, in botocore's words if it has one.
    pub fn method(&self) -> &'static str {
        match self {
            Auth::SigV4(credentials) => credentials.method(),
            Auth::External => "credentials=",
            Auth::Bearer(_) | Auth::ExternalBearer => "bearer token",
            Auth::None => "none",
            Auth::Unavailable(_) => "none that can be used",
        }
    }

    /// `credentials` makes the keys' keeper, where SigV4 is chosen. It is made for the session
    /// whose keys these are, if there is one and the client has no keys of its own.
    ///
    /// Errors: those of [`Source::find`] where SigV4 is chosen, and `PartialCredentialsError`
    /// where half of a pair of keys was given.
    pub(crate) fn choose(
        service: &Service,
        arguments: &Arguments,
        scope: &Scope,
        endpoint: &Endpoint,
        credentials: impl FnOnce(Source) -> Credentials,
    ) -> Result<Self, Error> {
        if let Some(api_key) = &arguments.api_key {
            return Ok(Auth::bearer(Some(api_key.clone()), endpoint));
        }
        if arguments.signature_version.as_deref() == Some(UNSIGNED) {
            return Ok(Auth::None);
        }
        let explicit = Source::explicit(arguments)?;
        let token = token_of_environment(service, scope);
        match scheme(service, arguments, scope, token.is_some()) {
            Ok(Scheme::Bearer) if token.is_none() && arguments.external_token => {
                Ok(if endpoint.is_tls { Auth::ExternalBearer } else { Auth::bearer_without_tls() })
            }
            Ok(Scheme::Bearer) => Ok(Auth::bearer(token, endpoint)),
            Ok(Scheme::SigV4) if arguments.external_credentials => Ok(Auth::External),
            Ok(Scheme::SigV4) => {
                let found = match (explicit, &arguments.session_credentials) {
                    (Some(source), _) => credentials(source),
                    (None, Some(session)) => {
                        session.get_or_find(|| Source::find(scope).map(credentials))?
                    }
                    (None, None) => credentials(Source::find(scope)?),
                };
                Ok(Auth::SigV4(found))
            }
            Err(unknown) => Ok(Auth::Unavailable(unknown)),
        }
    }

    fn bearer(token: Option<String>, endpoint: &Endpoint) -> Self {
        match token {
            None => Auth::Unavailable(Error::new(Kind::NoAuthToken)),
            Some(_) if !endpoint.is_tls => Auth::bearer_without_tls(),
            Some(token) => Auth::Bearer(BearerToken(token)),
        }
    }

    fn bearer_without_tls() -> Self {
        let msg = "Bearer authorization requires an HTTPS endpoint.".to_owned();
        Auth::Unavailable(Error::new(Kind::InvalidEndpointConfiguration { msg }))
    }
}

/// What is set in code wins. Otherwise a token in the environment beats what environment and
/// profile prefer, and even keys given as arguments.
fn scheme(
    service: &Service,
    arguments: &Arguments,
    scope: &Scope,
    has_token: bool,
) -> Result<Scheme, Error> {
    if let Some(version) = said(arguments.signature_version.as_deref()) {
        return by_version(version);
    }
    if let Some(preference) = said(arguments.auth_scheme_preference.as_deref()) {
        return Ok(preferred(service, preference));
    }
    if has_token {
        return Ok(Scheme::Bearer);
    }
    let preference = scope.configured("AWS_AUTH_SCHEME_PREFERENCE", "auth_scheme_preference");
    if let Some(preference) = said(preference.as_deref()) {
        return Ok(preferred(service, preference));
    }
    // An empty version counts as none above, and as one that nobody knows here.
    let of_profile = scope.profile().nested(service.name, "signature_version");
    let version = arguments.signature_version.as_deref().or(said(of_profile));
    version.map_or(Ok(Scheme::SigV4), by_version)
}

fn said(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}

fn by_version(version: &str) -> Result<Scheme, Error> {
    match version {
        "v4" => Ok(Scheme::SigV4),
        "bearer" => Ok(Scheme::Bearer),
        unknown => {
            let signature_version = unknown.to_owned();
            Err(Error::new(Kind::UnknownSignatureVersion { signature_version }))
        }
    }
}

/// The first scheme of a comma-separated list that the service takes, else its own first.
fn preferred(service: &Service, list: &str) -> Scheme {
    list.split(',')
        .find_map(|name| match name.replace([' ', '\t'], "").as_str() {
            "sigv4" => Some(Scheme::SigV4),
            "httpBearerAuth" if service.takes(AuthScheme::Bearer) => Some(Scheme::Bearer),
            _ => None,
        })
        .unwrap_or(Scheme::SigV4)
}

/// The bearer token in the environment, e.g. `AWS_BEARER_TOKEN_BEDROCK`, if the service takes one.
fn token_of_environment(service: &Service, scope: &Scope) -> Option<String> {
    if !service.takes(AuthScheme::Bearer) {
        return None;
    }
    let name = service.signing_name.replace(['-', ' '], "_").to_uppercase();
    scope.variable(&format!("AWS_BEARER_TOKEN_{name}"))
}
