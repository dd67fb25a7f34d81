//! The canonical requests of a client's consecutive calls. They differ in the date and in the hash of
//! the body. The rest is made once, and what comes before the date is hashed once.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, Digest, SHA256};
use http::header::{HeaderMap, HeaderValue};
use http::{Method, Request, Uri};

use super::canonical_request::{CoveredHeaders, DATE, Hexadecimal, canonical_request};
use crate::error::Error;
use crate::http::request_body::RequestBody;
use crate::runtime::recent::Recent;

/// SHA-256 hashes blocks of this length.
const BLOCK: usize = 64;

/// The canonical forms of the requests that were signed last.
#[derive(Default)]
pub struct CanonicalCache(Recent<CanonicalForm>);

/// The canonical request of all requests that have this method, this target and these headers.
pub struct CanonicalForm {
    method: Method,
    uri: Uri,
    /// The date is that of the first such request.
    headers: HeaderMap,
    names: String,
    /// The hash of the text's first blocks.
    begun: Context,
    /// The rest of the text up to the date.
    before_date: Box<[u8]>,
    /// The text from the date to the hash of the body.
    after_date: Box<[u8]>,
}

impl CanonicalCache {
    /// The canonical form of a request that has a date.
    ///
    /// Error: `HTTPClientError` for a header that cannot be signed.
    pub fn form_of(&self, request: &Request<RequestBody>) -> Result<Arc<CanonicalForm>, Error> {
        match self.0.find(|form| form.is_of(request)) {
            Some(form) => Ok(form),
            None => Ok(self.0.add(CanonicalForm::new(request)?, |_| true)),
        }
    }
}

impl CanonicalForm {
    fn new(request: &Request<RequestBody>) -> Result<Self, Error> {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        let covered = CoveredHeaders::of(headers)?;
        let names = covered.names();
        let text = canonical_request(method.as_str(), uri, &covered, &names, "");
        // Nothing before the header contains a line break of its own, so the first match is the header.
        let name = format!("\n{DATE}:");
        let date = text.find(&name).map_or(text.len(), |found| found + name.len());
        let (before, after) = text.split_at(date);
        let after = after.find('\n').and_then(|end| after.get(end..)).unwrap_or_default();
        let (blocks, rest) = before.as_bytes().split_at(before.len() / BLOCK * BLOCK);
        let mut begun = Context::new(&SHA256);
        begun.update(blocks);
        Ok(CanonicalForm {
            method: method.clone(),
            uri: uri.clone(),
            headers: headers.clone(),
            begun,
            before_date: rest.into(),
            after_date: after.as_bytes().into(),
            names,
        })
    }

    fn is_of(&self, request: &Request<RequestBody>) -> bool {
        let headers = request.headers();
        self.uri == *request.uri()
            && self.method == *request.method()
            && self.headers.len() == headers.len()
            && self.headers.iter().zip(headers).all(|((name, value), (other, other_value))| {
                name == other && (value == other_value || name == DATE)
            })
    }

    /// The names of the headers that the signature covers: `host;x-amz-date`
    pub fn names(&self) -> &str {
        &self.names
    }

    /// The hash of the canonical request with this date and a body of this hash.
    pub fn hash(&self, date: &HeaderValue, body: &Digest) -> Digest {
        let body = Hexadecimal::of(body.as_ref());
        let rest = [&*self.before_date, date.as_bytes(), &self.after_date, body.as_bytes()];
        let mut hash = self.begun.clone();
        hash.update(&rest.concat());
        hash.finish()
    }
}
