//! The check of a request's identity: access keys with a signature, or a bearer key.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::sigv4;
use super::sigv4::{ALGORITHM, Authorization, EventSignature};
use crate::local::service_error::ServiceError;
use crate::model::{AuthScheme, Operation, Service};

/// How far a client's clock may differ from ours.
const SKEW: Duration = Duration::from_secs(5 * 60);

pub(crate) const ACCESS_KEY: &str = "AKIALOCALBEDROCKTEST";
pub(crate) const SECRET_KEY: &str = "local/BedrockSecretKey+notARealSecret0000";
pub(crate) const TEMPORARY_ACCESS_KEY: &str = "ASIALOCALBEDROCKTEST";
pub(crate) const SESSION_TOKEN: &str = "localBedrockSessionToken//////////notARealToken";
pub(crate) const EXPIRED_SESSION_TOKEN: &str = "localBedrockSessionToken//////////expired";
pub(crate) const BEARER_KEY: &str = "bedrock-api-key-local";

/// How a request was authenticated.
pub(crate) enum Caller {
    Bearer,
    Signer(EventSigner),
}

/// Whether a request's headers name this service: by the scope of its signature, or by an API key,
/// which the service has to accept.
pub(crate) fn names_service(parts: &Parts, service: &Service) -> bool {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, rest)) = header.and_then(|header| header.split_once(' ')) else {
        return false;
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        return service.takes(AuthScheme::Bearer);
    }
    Authorization::parse(rest).is_ok_and(|named| named.service == service.signing_name)
}

/// Checks the signatures of a request's events. Each signature covers the previous one; the first
/// covers the signature of the request.
pub(crate) struct EventSigner {
    key: Arc<hmac::Key>,
    scope: String,
    previous: String,
}

impl EventSigner {
    /// Whether this is the signature of the next event.
    pub(crate) fn accepts(&mut self, date: DateTime, payload: &[u8], signature: &[u8]) -> bool {
        let event = EventSignature { previous: &self.previous, date, payload, signature };
        let valid = sigv4::is_event_valid(&self.key, &self.scope, &event);
        self.previous = sigv4::hex(signature);
        valid
    }
}

/// The access keys that the server accepts. Each caches the signing key of its last credential
/// scope.
pub(crate) struct Authenticator {
    identities: [Identity; 2],
}

struct Identity {
    access_key: &'static str,
    secret_key: &'static str,
    session_token: Option<&'static str>,
    signing_key: Mutex<Option<(String, Arc<hmac::Key>)>>,
}

impl Default for Authenticator {
    fn default() -> Self {
        let identity = |access_key, session_token| Identity {
            access_key,
            secret_key: SECRET_KEY,
            session_token,
            signing_key: Mutex::new(None),
        };
        Authenticator {
            identities: [
                identity(ACCESS_KEY, None),
                identity(TEMPORARY_ACCESS_KEY, Some(SESSION_TOKEN)),
            ],
        }
    }
}

impl Authenticator {
    /// Accepts a request for an operation, or returns the service's error.
    pub(crate) fn check(
        &self,
        service: &Service,
        operation: &Operation,
        parts: &Parts,
        body: &[u8],
        now: SystemTime,
    ) -> Result<Caller, ServiceError> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(header) = header else {
            return Err(ServiceError::identity(
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ));
        };
        let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
        if scheme.eq_ignore_ascii_case("bearer") {
            if !operation.auth.contains(&AuthScheme::Bearer) {
                return Err(ServiceError::new(
                    403,
                    "AccessDeniedException",
                    "API keys are not supported for this operation.",
                ));
            }
            return match rest.trim() == BEARER_KEY {
                true => Ok(Caller::Bearer),
                false => Err(ServiceError::new(
                    403,
                    "AccessDeniedException",
                    "Authentication failed: Please make sure your API Key is valid.",
                )),
            };
        }
        if scheme != ALGORITHM {
            return Err(incomplete(format!("Unsupported AWS 'algorithm': '{scheme}'.")));
        }
        let authorization = Authorization::parse(rest).map_err(incomplete)?;
        self.check_signature(service, &authorization, parts, body, now)
    }

    fn check_signature(
        &self,
        service: &Service,
        authorization: &Authorization<'_>,
        parts: &Parts,
        body: &[u8],
        now: SystemTime,
    ) -> Result<Caller, ServiceError> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let Some(timestamp) = text("x-amz-date").or_else(|| text("date")) else {
            return Err(incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                    .to_owned(),
            ));
        };
        let Some(signed_at) = parsed(timestamp) else {
            return Err(incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601"
            )));
        };
        let identity =
            self.identities.iter().find(|known| known.access_key == authorization.access_key);
        let token = text("x-amz-security-token");
        if identity.is_some() && token == Some(EXPIRED_SESSION_TOKEN) {
            return Err(ServiceError::identity(
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ));
        }
        let Some(identity) = identity.filter(|known| known.session_token == token) else {
            return Err(ServiceError::identity(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ));
        };
        check_scope(service, authorization, timestamp)?;
        check_clock(timestamp, signed_at, now)?;
        if !authorization.signed_headers.iter().any(|name| matches!(*name, "host" | ":authority")) {
            return Err(invalid(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            ));
        }
        if token.is_some() && !authorization.signed_headers.contains(&"x-amz-security-token") {
            return Err(invalid(MISMATCH));
        }
        let Authorization { date, region, service, signature, .. } = authorization;
        let scope = format!("{date}/{region}/{service}");
        let key = identity.signing_key(authorization, &scope);
        match sigv4::is_valid(&key, authorization, timestamp, parts, body) {
            true => {
                Ok(Caller::Signer(EventSigner { key, scope, previous: (*signature).to_owned() }))
            }
            false => Err(invalid(MISMATCH)),
        }
    }
}

impl Identity {
    fn signing_key(&self, authorization: &Authorization<'_>, scope: &str) -> Arc<hmac::Key> {
        let Authorization { date, region, service, .. } = *authorization;
        let mut cached = self.signing_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = cached.as_ref().filter(|(cached_scope, _)| cached_scope == scope) {
            return Arc::clone(key);
        }
        let key = Arc::new(sigv4::signing_key(self.secret_key, date, region, service));
        *cached = Some((scope.to_owned(), Arc::clone(&key)));
        key
    }
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service \
    documentation for details.";

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::identity("InvalidSignatureException", message)
}

fn incomplete(message: String) -> ServiceError {
    ServiceError::identity("IncompleteSignatureException", message)
}

/// Any region is accepted: the local server stands for all of them.
fn check_scope(
    service: &Service,
    authorization: &Authorization<'_>,
    timestamp: &str,
) -> Result<(), ServiceError> {
    if authorization.region.is_empty() {
        return Err(invalid("Credential should be scoped to a valid region. "));
    }
    let name = service.signing_name;
    if authorization.service != name {
        return Err(invalid(format!("Credential should be scoped to correct service: '{name}'. ")));
    }
    let day = timestamp.get(..8).unwrap_or_default();
    if authorization.date != day {
        return Err(invalid(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{day}', from '{timestamp}'.",
            authorization.date
        )));
    }
    Ok(())
}

fn check_clock(
    timestamp: &str,
    signed_at: SystemTime,
    now: SystemTime,
) -> Result<(), ServiceError> {
    let (earliest, latest) = (now - SKEW, now + SKEW);
    if signed_at < earliest {
        return Err(invalid(format!(
            "Signature expired: {timestamp} is now earlier than {} ({} - 5 min.)",
            basic(earliest),
            basic(now)
        )));
    }
    if signed_at > latest {
        return Err(invalid(format!(
            "Signature not yet current: {timestamp} is still later than {} ({} + 5 min.)",
            basic(latest),
            basic(now)
        )));
    }
    Ok(())
}

fn basic(time: SystemTime) -> String {
    sigv4::basic_format(time.into())
}

fn parsed(timestamp: &str) -> Option<SystemTime> {
    if !timestamp.is_ascii() || timestamp.len() != 16 {
        return None;
    }
    let part = |from: usize, to: usize| timestamp.get(from..to);
    let extended = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(9, 11)?,
        part(11, 13)?,
        part(13, 15)?
    );
    let time = DateTime::from_str(&extended, Format::DateTime).ok()?;
    (basic(time.try_into().ok()?) == timestamp).then(|| time.try_into().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_round_trip_and_malformed_ones_are_refused() {
        for good in ["20260102T030405Z", "20240229T235959Z"] {
            assert_eq!(basic(parsed(good).unwrap()), good);
        }
        for bad in ["20260102T030405", "2026-01-02T03:04Z", "20261302T030405Z", "20260102X030405Z"]
        {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_clock_may_differ_by_five_minutes() {
        let now = parsed("20260102T030405Z").unwrap();
        let check = |timestamp: &str| check_clock(timestamp, parsed(timestamp).unwrap(), now);
        assert!(check("20260102T030000Z").is_ok());
        assert!(check("20260102T030905Z").is_ok());
        let early = check("20260102T025904Z").unwrap_err();
        assert_eq!(
            early.message,
            "Signature expired: 20260102T025904Z is now earlier than 20260102T025905Z \
             (20260102T030405Z - 5 min.)"
        );
        let late = check("20260102T030906Z").unwrap_err();
        assert_eq!(
            late.message,
            "Signature not yet current: 20260102T030906Z is still later than 20260102T030905Z \
             (20260102T030405Z + 5 min.)"
        );
        assert_eq!((late.status, late.code.as_ref()), (403, "InvalidSignatureException"));
    }
}
