//! How requests are authenticated: chosen as boto3 chooses.

use std::fmt;
use std::ops::Deref;

use crate::config::endpoint::Endpoint;
use crate::credentials::{CredentialSource, CredentialsCache, GivenIdentities, SessionCredentials};
use crate::environment::Environment;
use crate::environment::arguments::{Arguments, UNSIGNED};
use crate::error::{Error, Kind};
use crate::model::{AuthScheme, Service};

/// The authentication of a client's requests.
#[derive(Debug, Clone)]
pub enum Auth {
    SigV4(CredentialsCache),
    Bearer(BearerToken),
    /// Requests are sent without authentication.
    None,
    /// SigV4 with credentials that Python hands over with each call.
    External(GivenIdentities),
    /// A bearer token that Python hands over with each call.
    ExternalBearer,
    /// No authentication is possible. As in boto3, each call raises this error.
    Unavailable(Error),
}

/// A Bedrock API key. Debug output hides it.
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

/// The schemes that the service accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    SigV4,
    Bearer,
}

impl Auth {
    /// botocore's name of the scheme; `None` if requests are not authenticated.
    pub fn signature_version(&self) -> Option<&'static str> {
        match self {
            Auth::SigV4(_) | Auth::External(_) => Some("v4"),
            Auth::Bearer(_) | Auth::ExternalBearer => Some("bearer"),
            Auth::None | Auth::Unavailable(_) => None,
        }
    }

    /// Where the credentials or the token come from: botocore's name if it has one.
    pub fn method(&self) -> &'static str {
        match self {
            Auth::SigV4(credentials) => credentials.method(),
            Auth::External(_) => "credentials=",
            Auth::Bearer(_) | Auth::ExternalBearer => "bearer token",
            Auth::None => "none",
            Auth::Unavailable(_) => "none that can be used",
        }
    }

    /// Chooses the authentication. `make_cache` is called only if SigV4 is chosen. If the client
    /// has a session and no credentials of its own, the session keeps the cache.
    ///
    /// Errors: those of [`CredentialSource::find`] if SigV4 is chosen, and
    /// `PartialCredentialsError` if an access key was passed without its secret key, or the other
    /// way round; `ValueError` for an API key if the service accepts none.
    pub(crate) fn choose(
        service: &Service,
        arguments: &Arguments,
        session_credentials: Option<&SessionCredentials>,
        environment: &Environment,
        endpoint: &Endpoint,
        make_cache: impl FnOnce(CredentialSource) -> CredentialsCache,
    ) -> Result<Self, Error> {
        if let Some(api_key) = &arguments.api_key {
            if !service.takes(AuthScheme::Bearer) {
                let message = format!("api_key: {} accepts no API keys", service.name);
                return Err(Error::new(Kind::InvalidSetting { message }));
            }
            return Ok(Auth::bearer(Some(api_key.clone()), endpoint));
        }
        if arguments.signature_version.as_deref() == Some(UNSIGNED) {
            return Ok(Auth::None);
        }
        let explicit = CredentialSource::explicit(arguments)?;
        let token = environment_token(service, environment);
        match scheme(service, arguments, environment, token.is_some()) {
            Ok(Scheme::Bearer) if token.is_none() && arguments.external_token => {
                Ok(if endpoint.is_tls { Auth::ExternalBearer } else { Auth::bearer_without_tls() })
            }
            Ok(Scheme::Bearer) => Ok(Auth::bearer(token, endpoint)),
            Ok(Scheme::SigV4) if arguments.external_credentials => {
                Ok(Auth::External(GivenIdentities::default()))
            }
            Ok(Scheme::SigV4) => {
                let cache = match (explicit, session_credentials) {
                    (Some(source), _) => make_cache(source),
                    (None, Some(session)) => session
                        .get_or_find(|| CredentialSource::find(environment).map(make_cache))?,
                    (None, None) => make_cache(CredentialSource::find(environment)?),
                };
                Ok(Auth::SigV4(cache))
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

/// Arguments take precedence. Otherwise a token in the environment takes precedence over the
/// preference that is configured, and even over credentials among the arguments.
fn scheme(
    service: &Service,
    arguments: &Arguments,
    environment: &Environment,
    has_token: bool,
) -> Result<Scheme, Error> {
    if let Some(version) = non_empty(arguments.signature_version.as_deref()) {
        return by_version(version);
    }
    if let Some(preference) = non_empty(arguments.auth_scheme_preference.as_deref()) {
        return Ok(preferred(service, preference));
    }
    if has_token {
        return Ok(Scheme::Bearer);
    }
    let preference = environment.configured("AWS_AUTH_SCHEME_PREFERENCE", "auth_scheme_preference");
    if let Some(preference) = non_empty(preference.as_deref()) {
        return Ok(preferred(service, preference));
    }
    // As in botocore, an empty version is ignored above but is an unknown version here.
    let in_profile = environment.profile().nested(service.name, "signature_version");
    let version = arguments.signature_version.as_deref().or(non_empty(in_profile));
    version.map_or(Ok(Scheme::SigV4), by_version)
}

fn non_empty(value: Option<&str>) -> Option<&str> {
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

/// The first scheme of a comma-separated list that the service accepts, else the service's first.
fn preferred(service: &Service, list: &str) -> Scheme {
    list.split(',')
        .find_map(|name| match name.replace([' ', '\t'], "").as_str() {
            "sigv4" => Some(Scheme::SigV4),
            "httpBearerAuth" if service.takes(AuthScheme::Bearer) => Some(Scheme::Bearer),
            _ => None,
        })
        .unwrap_or(Scheme::SigV4)
}

/// The bearer token in the environment, for example in `AWS_BEARER_TOKEN_BEDROCK`, if the service
/// accepts one.
fn environment_token(service: &Service, environment: &Environment) -> Option<String> {
    if !service.takes(AuthScheme::Bearer) {
        return None;
    }
    let name = service.signing_name.replace(['-', ' '], "_").to_uppercase();
    environment.variable(&format!("AWS_BEARER_TOKEN_{name}"))
}
