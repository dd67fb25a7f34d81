//! The endpoint of a client: from AWS's endpoint rules, or the configured URL.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_sdk_bedrockruntime::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};

use crate::environment::region;
use crate::environment::url::{self, HttpUrl};
use crate::error::{Error, Kind};
use crate::model::Service;

/// The URL prefix in the SDK's rules, which are those of bedrock-runtime. The rules of the other
/// Bedrock services differ only in this prefix; a test compares them.
const RULES_PREFIX: &str = "https://bedrock-runtime";

/// The server that a client sends its requests to.
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
    /// The value of the Host header. It has a port only if that is not the scheme's default.
    pub authority: String,
    /// Precedes each operation's path. It has no slash at its end, and is often empty.
    pub path_prefix: String,
    pub signing_region: String,
    pub signing_name: String,
}

/// The parameters of the endpoint rules.
pub(crate) struct EndpointParameters<'a> {
    pub region: &'a str,
    pub use_fips: bool,
    pub use_dualstack: bool,
    pub use_ssl: bool,
    /// From the arguments, the environment or the profile; overrides everything but the region.
    pub endpoint_url: Option<String>,
}

/// Returns the endpoint and the partition.
///
/// Errors: `EndpointVariantError`, `EndpointProviderError`; `ValueError` for an invalid URL.
pub(crate) fn resolve(
    service: &Service,
    parameters: EndpointParameters<'_>,
) -> Result<(Endpoint, &'static str), Error> {
    let partition = displayed_partition(service, &parameters)?;
    let url = displayed_url(service, &parameters, partition)?;
    let parts = match &parameters.endpoint_url {
        Some(_) => HttpUrl::parse(&url)?,
        None => HttpUrl::parse(&by_rules(service, &parameters)?)?,
    };
    let authority = parts.authority();
    let endpoint = Endpoint {
        origin: format!("{}://{authority}", parts.scheme)
            .parse()
            .map_err(|_| url::invalid(&url))?,
        url,
        is_tls: parts.is_tls(),
        port: parts.port(),
        host: parts.host,
        authority,
        path_prefix: parts.path.strip_suffix('/').unwrap_or(&parts.path).to_owned(),
        signing_region: parameters.region.to_owned(),
        signing_name: service.signing_name.to_owned(),
    };
    Ok((endpoint, partition))
}

/// The partition according to boto3's older table, which has dual-stack hosts in some partitions
/// only.
fn displayed_partition(
    service: &Service,
    parameters: &EndpointParameters<'_>,
) -> Result<&'static str, Error> {
    let partition = region::partition(parameters.region);
    match partition {
        "aws-iso" | "aws-iso-b" if parameters.use_dualstack => Ok("aws"),
        "aws-iso-e" | "aws-iso-f" if parameters.use_dualstack => {
            let tags = if parameters.use_fips { "['dualstack', 'fips']" } else { "['dualstack']" };
            let (name, region) = (service.endpoint_prefix, parameters.region);
            Err(Error::new(Kind::EndpointVariant {
                tags: tags.to_owned(),
                error_msg: format!("Endpoint does not exist for {name} in region {region}"),
            }))
        }
        _ => Ok(partition),
    }
}

/// The URL that boto3 shows. It comes from boto3's older table; the URL that boto3 calls comes from
/// the rules. The two differ if the table assigns the region to the partition `aws`.
fn displayed_url(
    service: &Service,
    parameters: &EndpointParameters<'_>,
    partition: &str,
) -> Result<String, Error> {
    if let Some(url) = &parameters.endpoint_url {
        return Ok(url.clone());
    }
    if partition != "aws" {
        return by_rules(service, parameters);
    }
    let scheme = if parameters.use_ssl { "https" } else { "http" };
    let fips = if parameters.use_fips { "-fips" } else { "" };
    let suffix = if parameters.use_dualstack { "api.aws" } else { "amazonaws.com" };
    let url =
        format!("{scheme}://{}{fips}.{}.{suffix}", service.endpoint_prefix, parameters.region);
    HttpUrl::parse(&url).map(|_| url)
}

fn by_rules(service: &Service, parameters: &EndpointParameters<'_>) -> Result<String, Error> {
    let unresolved = |msg: String| Error::new(Kind::EndpointResolution { msg });
    let params = Params::builder()
        .region(parameters.region)
        .use_fips(parameters.use_fips)
        .use_dual_stack(parameters.use_dualstack)
        .build()
        .map_err(|error| unresolved(error.to_string()))?;
    let with_prefix = |scheme, rest| format!("{scheme}://{}{rest}", service.endpoint_prefix);
    let resolver = DefaultResolver::new();
    // The rules do no I/O, so the future is ready at the first poll.
    let resolving = pin!(resolver.resolve_endpoint(&params));
    match resolving.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(endpoint)) => match endpoint.url().strip_prefix(RULES_PREFIX) {
            Some(rest) if parameters.use_ssl => Ok(with_prefix("https", rest)),
            Some(rest) => Ok(with_prefix("http", rest)),
            None => Err(unresolved(format!("unexpected endpoint {}", endpoint.url()))),
        },
        Poll::Ready(Err(error)) => Err(unresolved(error.to_string())),
        Poll::Pending => Err(unresolved("the endpoint rules returned no endpoint".to_owned())),
    }
}
