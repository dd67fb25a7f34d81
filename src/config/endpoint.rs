//! Where requests go: AWS's endpoint rules, or the URL that was given.

use std::future::Future as _;
use std::net::Ipv6Addr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_sdk_bedrockruntime::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};

use crate::environment::region;
use crate::error::{Error, Kind};
use crate::model::Service;

/// The service that the official rules speak of; a sibling's differ by this prefix only.
const RULES_PREFIX: &str = "https://bedrock-runtime";

/// Where a client's requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// What boto3 shows as `meta.endpoint_url`.
    pub url: String,
    /// Scheme, host and port, e.g. `https://localhost:8080`.
    pub origin: http::Uri,
    pub is_tls: bool,
    /// In lower case; an IPv6 address without its brackets.
    pub host: String,
    pub port: u16,
    /// The value of the Host header: the port only where it is not the scheme's own.
    pub authority: String,
    /// What comes before each operation's path, without a slash at its end; often empty.
    pub path_prefix: String,
    pub signing_region: String,
    pub signing_name: String,
}

/// What decides about an endpoint.
pub(crate) struct Choice<'a> {
    pub region: &'a str,
    pub use_fips: bool,
    pub use_dualstack: bool,
    pub use_ssl: bool,
    /// Given by the caller, the environment or the profile; overrides all but the region.
    pub endpoint_url: Option<String>,
}

/// The endpoint and the partition.
///
/// Errors: `EndpointVariantError`, `EndpointProviderError`; `ValueError` for an invalid URL.
pub(crate) fn resolve(
    service: &Service,
    choice: Choice<'_>,
) -> Result<(Endpoint, &'static str), Error> {
    let partition = shown_partition(service, &choice)?;
    let url = shown_url(service, &choice, partition)?;
    let parts = match &choice.endpoint_url {
        Some(_) => parse(&url)?,
        None => parse(&by_rules(service, &choice)?)?,
    };
    let authority = parts.authority();
    let endpoint = Endpoint {
        origin: format!("{}://{authority}", parts.scheme).parse().map_err(|_| invalid(&url))?,
        url,
        is_tls: parts.is_tls(),
        port: parts.port(),
        host: parts.host,
        authority,
        path_prefix: parts.path.strip_suffix('/').unwrap_or(&parts.path).to_owned(),
        signing_region: choice.region.to_owned(),
        signing_name: service.signing_name.to_owned(),
    };
    Ok((endpoint, partition))
}

/// The partition by boto3's older table, which knows dual-stack hosts in some partitions only.
fn shown_partition(service: &Service, choice: &Choice<'_>) -> Result<&'static str, Error> {
    let partition = region::partition(choice.region);
    match partition {
        "aws-iso" | "aws-iso-b" if choice.use_dualstack => Ok("aws"),
        "aws-iso-e" | "aws-iso-f" if choice.use_dualstack => {
            let tags = if choice.use_fips { "['dualstack', 'fips']" } else { "['dualstack']" };
            let (name, region) = (service.name, choice.region);
            Err(Error::new(Kind::EndpointVariant {
                tags: tags.to_owned(),
                error_msg: format!("Endpoint does not exist for {name} in region {region}"),
            }))
        }
        _ => Ok(partition),
    }
}

/// boto3 shows what its older table says of a region, and calls what the rules say. They differ
/// where the table takes a region for one of the partition `aws`.
fn shown_url(service: &Service, choice: &Choice<'_>, partition: &str) -> Result<String, Error> {
    if let Some(url) = &choice.endpoint_url {
        return Ok(url.clone());
    }
    if partition != "aws" {
        return by_rules(service, choice);
    }
    let scheme = if choice.use_ssl { "https" } else { "http" };
    let fips = if choice.use_fips { "-fips" } else { "" };
    let suffix = if choice.use_dualstack { "api.aws" } else { "amazonaws.com" };
    let url = format!("{scheme}://{}{fips}.{}.{suffix}", service.name, choice.region);
    parse(&url).map(|_| url)
}

pub(crate) fn parse(url: &str) -> Result<Parts, Error> {
    Parts::parse(url).ok_or_else(|| invalid(url))
}

fn invalid(url: &str) -> Error {
    Error::new(Kind::InvalidEndpointUrl { endpoint_url: url.to_owned() })
}

fn by_rules(service: &Service, choice: &Choice<'_>) -> Result<String, Error> {
    let unresolved = |msg: String| Error::new(Kind::EndpointResolution { msg });
    let params = Params::builder()
        .region(choice.region)
        .use_fips(choice.use_fips)
        .use_dual_stack(choice.use_dualstack)
        .build()
        .map_err(|error| unresolved(error.to_string()))?;
    let resolver = DefaultResolver::new();
    // The rules wait for nothing: their future is ready when it is made.
    let resolving = pin!(resolver.resolve_endpoint(&params));
    match resolving.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(endpoint)) => match endpoint.url().strip_prefix(RULES_PREFIX) {
            Some(rest) if choice.use_ssl => Ok(format!("https://{}{rest}", service.name)),
            Some(rest) => Ok(format!("http://{}{rest}", service.name)),
            None => Err(unresolved(format!("unexpected endpoint {}", endpoint.url()))),
        },
        Poll::Ready(Err(error)) => Err(unresolved(error.to_string())),
        Poll::Pending => Err(unresolved("the endpoint rules gave no answer".to_owned())),
    }
}

/// A URL that a request can be sent to.
pub(crate) struct Parts {
    pub scheme: &'static str,
    pub host: String,
    pub port: Option<u16>,
    pub path: String,
}

impl Parts {
    fn is_tls(&self) -> bool {
        self.scheme == "https"
    }

    fn default_port(&self) -> u16 {
        if self.is_tls() { 443 } else { 80 }
    }

    fn port(&self) -> u16 {
        self.port.unwrap_or(self.default_port())
    }

    fn authority(&self) -> String {
        let host = &self.host;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let port = self.port();
        if port == self.default_port() { host } else { format!("{host}:{port}") }
    }

    /// The URL again, without a user's name and password.
    pub fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority(), self.path)
    }

    /// `None` for what boto3 refuses, and for what it can send nothing to: other schemes, ports
    /// out of range. A query or fragment is refused, too: it would end up behind every path.
    pub fn parse(url: &str) -> Option<Self> {
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
        Some(Parts { scheme, host: host.to_ascii_lowercase(), port, path: path.to_owned() })
    }
}

/// The port in the text behind a colon, which may be empty. `None` for what is no port: Rust's own
/// parser takes `+80` for one.
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
