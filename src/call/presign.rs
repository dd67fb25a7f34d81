//! Presigned URLs: requests that somebody else sends, without keys of their own.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use http::header::{HOST, HeaderMap};
use http::{Method, Uri};

use crate::call::connections::unsendable;
use crate::call::prepared::{PreparedCall, push_escaped};
use crate::call::sigv4::{CoveredHeaders, Hexadecimal, Scope, Signer, canonical_request};
use crate::call::target::Target;
use crate::credentials::{ALGORITHM, Identity};
use crate::environment::url::HttpUrl;
use crate::error::Error;

/// The URL of the call's request, without a signature.
///
/// Error: `HTTPClientError` if a label of the path has no value.
pub fn unsigned_url(call: &PreparedCall, target: &Target) -> Result<String, Error> {
    let path = call.path_and_query(&target.endpoint.path_prefix)?;
    Ok(format!("{}{path}", origin(target)))
}

/// A URL with a signature in its query. As in botocore, the request that is signed has no body: the
/// caller has moved the members of the body into `query`, which is escaped.
///
/// Error: `HTTPClientError` for a method, a query or credentials that a request cannot hold.
pub fn presigned_url(
    call: &PreparedCall,
    target: &Target,
    identity: &Identity,
    method: Option<&str>,
    query: &str,
    expires_in: Duration,
) -> Result<String, Error> {
    let path_and_query = call.path_and_query(&target.endpoint.path_prefix)?;
    let path = path_and_query.split_once('?').map_or(path_and_query.as_str(), |(path, _)| path);
    let method = Method::from_bytes(method.unwrap_or(call.operation.http_method).as_bytes())
        .map_err(|error| unsendable(&error))?;
    let mut headers = HeaderMap::new();
    headers.insert(HOST, target.host().clone());
    for (name, value) in &call.headers {
        headers.insert(name, value.clone());
    }
    let scope =
        Scope { region: &target.endpoint.signing_region, name: &target.endpoint.signing_name };
    let signer = Signer::new(identity, scope, SystemTime::now());
    let covered = CoveredHeaders::of(&headers)?;
    let names = covered.names();
    let credential = format!("{}/{}", identity.access_key_id(), signer.scope());
    let expires_in = expires_in.as_secs().to_string();
    // botocore's order.
    let parameters = [
        ("X-Amz-Algorithm", Some(ALGORITHM)),
        ("X-Amz-Credential", Some(&credential)),
        ("X-Amz-Date", signer.date().to_str().ok()),
        ("X-Amz-Expires", Some(&expires_in)),
        ("X-Amz-SignedHeaders", Some(&names)),
        ("X-Amz-Security-Token", identity.sent_session_token()),
    ];
    let mut signed = match query {
        "" => format!("{path}?"),
        query => format!("{path}?{query}&"),
    };
    for (name, value) in parameters {
        if let Some(value) = value {
            signed.push_str(name);
            signed.push('=');
            push_escaped(&mut signed, value, false);
            signed.push('&');
        }
    }
    let uri = Uri::try_from(&signed).map_err(|error| unsendable(&error))?;
    let no_body = Hexadecimal::of(digest(&SHA256, b"").as_ref());
    let canonical = canonical_request(method.as_str(), &uri, &covered, &names, no_body.as_str());
    let signature = signer.signature(&digest(&SHA256, canonical.as_bytes()));
    Ok(format!("{}{signed}X-Amz-Signature={signature}", origin(target)))
}

/// Scheme, host and port: as they were written, if requests go there.
fn origin(target: &Target) -> String {
    let endpoint = &target.endpoint;
    let url = endpoint.url.trim();
    let end = url.match_indices('/').nth(2).map_or(url.len(), |(end, _)| end);
    let written = url.get(..end).unwrap_or_default();
    match HttpUrl::parse(written) {
        Ok(parts) if parts.authority() == endpoint.authority => written.to_owned(),
        _ => {
            let scheme = if endpoint.is_tls { "https" } else { "http" };
            format!("{scheme}://{}", endpoint.authority)
        }
    }
}
