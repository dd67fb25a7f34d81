//! URLs of endpoints, checked as boto3 checks them.

use std::net::Ipv6Addr;

use crate::error::{Error, Kind};

/// A URL that a request can be sent to.
pub(crate) struct HttpUrl {
    pub scheme: &'static str,
    pub host: String,
    pub port: Option<u16>,
    pub path: String,
}

impl HttpUrl {
    pub fn is_tls(&self) -> bool {
        self.scheme == "https"
    }

    fn default_port(&self) -> u16 {
        if self.is_tls() { 443 } else { 80 }
    }

    pub fn port(&self) -> u16 {
        self.port.unwrap_or(self.default_port())
    }

    pub fn authority(&self) -> String {
        let host = &self.host;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let port = self.port();
        if port == self.default_port() { host } else { format!("{host}:{port}") }
    }

    /// The URL without its user name and password.
    pub fn without_user(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority(), self.path)
    }

    /// Refuses what boto3 refuses, and what boto3 cannot send a request to: other schemes and ports
    /// out of range. Also refuses a query or a fragment, because each operation's path is appended.
    ///
    /// Error: `ValueError`.
    pub fn parse(url: &str) -> Result<Self, Error> {
        HttpUrl::parsed(url).ok_or_else(|| invalid(url))
    }

    fn parsed(url: &str) -> Option<Self> {
        let (scheme, rest) = url.trim_start_matches(|letter| letter <= ' ').split_once("://")?;
        let scheme = ["http", "https"].into_iter().find(|own| own.eq_ignore_ascii_case(scheme))?;
        let (netloc, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let authority = netloc.rsplit_once('@').map_or(netloc, |(_, authority)| authority);
        let (host, port) = match authority.strip_prefix('[') {
            Some(bracketed) => {
                let (address, port) = bracketed.split_once(']')?;
                address.parse::<Ipv6Addr>().ok()?;
                (address, if port.is_empty() { "" } else { port.strip_prefix(':')? })
            }
            None => {
                let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
                if !is_host_name(host) {
                    return None;
                }
                (host, port)
            }
        };
        let port = port_number(port)?;
        if path.contains(['?', '#']) || !(path.is_empty() || is_sendable(path)) {
            return None;
        }
        Some(HttpUrl { scheme, host: host.to_ascii_lowercase(), port, path: path.to_owned() })
    }
}

/// The error for a URL that no request can be sent to.
pub(crate) fn invalid(url: &str) -> Error {
    Error::new(Kind::InvalidEndpointUrl { endpoint_url: url.to_owned() })
}

/// Parses the text after the colon of an authority; an empty text means no port. `None` if the text
/// is not a port. Rust's own parser would accept `+80`.
pub(crate) fn port_number(text: &str) -> Option<Option<u16>> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    match text {
        "" => Some(None),
        _ if is_number => text.parse().ok().map(Some),
        _ => None,
    }
}

fn is_sendable(path: &str) -> bool {
    path.parse::<http::uri::PathAndQuery>().is_ok()
}

/// botocore's rule for a host: labels of up to 63 letters, digits and inner hyphens.
fn is_host_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.len() <= 255 && host.strip_suffix('.').unwrap_or(host).split('.').all(is_label)
}
