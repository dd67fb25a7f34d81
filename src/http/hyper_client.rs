//! How this client sets up hyper, and what hyper's errors mean.

use std::error::Error;
use std::io::{self, ErrorKind};

use hyper::client::conn::http1;

/// hyper's HTTP/1.1 client. It tolerates the irregular responses that Python's http.client
/// tolerates, because some gateways send them.
pub fn http1_client() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    builder
}

/// The error's text with its causes: hyper's own text is often only "client error (Connect)".
pub fn text_with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error).skip(1) {
        text.push_str(": ");
        text.push_str(&cause.to_string());
    }
    text
}

/// Whether the peer closed the connection properly, but before the announced length was reached.
pub fn is_early_end(error: &hyper::Error) -> bool {
    let io = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>());
    io.map_or(error.is_incomplete_message(), |io| io.kind() == ErrorKind::UnexpectedEof)
}

/// The error, its cause, the cause of its cause, and so on.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
