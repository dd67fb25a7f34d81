//! Presigned URLs: requests that somebody else sends, without keys of their own.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignatureLocation, SigningSettings};
use http::header::HOST;
use http::{Method, Request};

use crate::call::connections::unsendable;
use crate::call::prepared::{PreparedCall, push_escaped};
use crate::call::sign::Scope;
use crate::call::target::Target;
use crate::credentials::Identity;
use crate::environment::url::HttpUrl;
use crate::error::Error;
use crate::http::request_body::RequestBody;

/// botocore's order of the parameters in the URL.
const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
];

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
    let unsigned = match query {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    let mut request = Request::new(RequestBody::default());
    *request.uri_mut() = unsigned.parse().map_err(|error| unsendable(&error))?;
    *request.method_mut() =
        Method::from_bytes(method.unwrap_or(call.operation.http_method).as_bytes())
            .map_err(|error| unsendable(&error))?;
    request.headers_mut().insert(HOST, target.host().clone());
    for (name, value) in &call.headers {
        request.headers_mut().insert(name, value.clone());
    }
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(expires_in);
    let scope =
        Scope { region: &target.endpoint.signing_region, name: &target.endpoint.signing_name };
    let (instructions, _) = scope.sign(&request, identity, SystemTime::now(), settings)?;
    let (_, signed) = instructions.into_parts();
    let mut url = format!("{}{unsigned}", origin(target));
    let mut separator = if query.is_empty() { '?' } else { '&' };
    for name in PARAMETERS {
        if let Some((_, value)) = signed.iter().find(|(found, _)| *found == name) {
            url.push(separator);
            separator = '&';
            url.push_str(name);
            url.push('=');
            push_escaped(&mut url, value, false);
        }
    }
    Ok(url)
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
