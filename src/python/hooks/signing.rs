//! SigV4 for a request that handlers of events have seen.

use std::time::SystemTime;

use http::header::{HOST, HeaderMap, HeaderValue};
use http::{Method, Request, Uri};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use super::headers::{GivenHeaders, header_map, texts};
use crate::call::connections::{authority, unsendable};
use crate::call::sign::LARGE_BODY;
use crate::call::sigv4::{CanonicalCache, Scope, sigv4};
use crate::codec;
use crate::http::request_body::RequestBody;
use crate::python::credentials::identity::GivenIdentity;
use crate::python::errors;

/// The headers that SigV4 adds to a request: `x-amz-date`, `x-amz-security-token`, `authorization`.
/// The signature covers all headers of the request except those that proxies may change.
#[pyfunction]
#[pyo3(signature = (method, url, headers, body, region, name, identity))]
#[allow(clippy::too_many_arguments)]
pub fn sign_v4(
    py: Python<'_>,
    method: &str,
    url: &str,
    headers: GivenHeaders<'_>,
    body: PyBackedBytes,
    region: &str,
    name: &str,
    identity: &Bound<'_, GivenIdentity>,
) -> PyResult<Vec<(String, String)>> {
    errors::guarded(py, || {
        let (given, identity) = (header_map(py, &headers)?, &identity.get().0);
        let is_large = body.len() >= LARGE_BODY;
        let signed = || {
            let url = Uri::try_from(url).map_err(|error| unsendable(&error))?;
            let body = RequestBody::from(codec::shared(body));
            let mut request = Request::new(body);
            *request.method_mut() =
                Method::from_bytes(method.as_bytes()).map_err(|error| unsendable(&error))?;
            for name in given.keys() {
                // As botocore joins them: white space within a value is one space.
                let words = given.get_all(name).iter().map(|value| {
                    let words = value.as_bytes().split(u8::is_ascii_whitespace);
                    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(&b' ')
                });
                let values: Vec<_> = words.collect();
                let joined = HeaderValue::from_bytes(&values.join(&b','));
                let joined = joined.map_err(|error| unsendable(&error))?;
                request.headers_mut().insert(name, joined);
            }
            let host = HeaderValue::try_from(authority(&url));
            let host = host.map_err(|error| unsendable(&error))?;
            request.headers_mut().entry(HOST).or_insert(host);
            *request.uri_mut() = url;
            let (scope, cache) = (Scope { region, name }, CanonicalCache::default());
            sigv4(&mut request, identity, scope, SystemTime::now(), &cache)?;
            let added: HeaderMap = ["x-amz-date", "x-amz-security-token", "authorization"]
                .into_iter()
                .filter_map(|name| {
                    let value = request.headers_mut().remove(name)?;
                    Some((http::HeaderName::from_static(name), value))
                })
                .collect();
            Ok(texts(&added))
        };
        let signed = if is_large { py.detach(signed) } else { signed() };
        signed.map_err(|error| errors::exception(py, &error))
    })
}
