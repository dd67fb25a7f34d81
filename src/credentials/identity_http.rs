//! How the places that give AWS keys are asked over HTTP: over our connections, so that no second
//! HTTP stack is linked.
//!
//! None of these requests hears the arguments of the client that they serve: not `verify=`, not
//! `Config(proxies=…)`, not its timeouts. What they go by is botocore's own scope:
//!
//! | request | proxy | trusted roots | connect / silence | attempts |
//! |---|---|---|---|---|
//! | STS: `AssumeRole`, `AssumeRoleWithWebIdentity` | the environment's | `AWS_CA_BUNDLE` or the profile's `ca_bundle`, `REQUESTS_CA_BUNDLE`, the system's | 10 s / 60 s | `AWS_MAX_ATTEMPTS` or the profile's `max_attempts`, 3 |
//! | SSO: `GetRoleCredentials`, `CreateToken` | the environment's | as STS | 10 s / 60 s | as STS |
//! | sign-in (`aws login`): `CreateOAuth2Token` | the environment's | as STS | 10 s / 60 s | as STS |
//! | container endpoint | never | the system's | 2 s / 2 s | 3, a second apart |
//! | instance metadata | never | the system's | `AWS_METADATA_SERVICE_TIMEOUT`, 1 s | `AWS_METADATA_SERVICE_NUM_ATTEMPTS`, 1 |
//!
//! botocore connects to STS, SSO and sign-in for up to 60 s, and asks instance metadata through
//! the environment's proxy: its answer would be the keys of the proxy's machine.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::os_shim_internal::Env;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, HOST, HeaderValue, PROXY_AUTHORIZATION};
use http::{Request, Response, Uri};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::config::endpoint::port_number;
use crate::config::settings::Verify;
use crate::error::{Error, Kind};
use crate::http::connector::{Connector, Dialing};
use crate::http::exchange::{Link, Timeouts};
use crate::http::pool::Pool;
use crate::http::proxy;
use crate::http::request_body::RequestBody;
use crate::log;

/// How one request travels.
#[derive(Debug, Clone)]
pub struct Route {
    pub verify: Verify,
    /// Whether the environment's proxies count.
    pub use_proxies: bool,
    pub connect_timeout: Option<Duration>,
    pub read_timeout: Option<Duration>,
}

/// Sends the request, whose URI is absolute, over a connection of its own: identities are fetched
/// once an hour. Returns the whole answer.
pub async fn exchange(request: Request<Bytes>, route: &Route) -> Result<Response<Bytes>, Error> {
    let (mut parts, body) = request.into_parts();
    let url = parts.uri.clone();
    let unusable = || Error::new(Kind::InvalidEndpointUrl { endpoint_url: url.to_string() });
    // Secrets travel here: what is no HTTPS must have been meant to be plain HTTP.
    let scheme = url.scheme_str().filter(|scheme| ["http", "https"].contains(scheme));
    let scheme = scheme.ok_or_else(unusable)?;
    let host = host_header(&url).ok_or_else(unusable)?;
    let origin = format!("{scheme}://{host}");
    let target = url.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let origin_url: Uri = origin.parse().map_err(|_| unusable())?;
    let absolute: Uri = format!("{origin}{target}").parse().map_err(|_| unusable())?;
    let host = HeaderValue::from_str(&host).map_err(|_| unusable())?;
    let proxy = match route.use_proxies {
        true => proxy::choose(&origin_url, None, &Env::real())?,
        false => None,
    };
    let dialing = Dialing { verify: route.verify.clone(), keepalive: true, proxy };
    let link = Link {
        connector: Connector::new(origin_url, dialing)?,
        endpoint_url: Arc::from(origin.as_str()),
    };
    parts.headers.insert(HOST, host);
    parts.headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));
    parts.uri = match link.connector.forwarder() {
        None => target.parse().map_err(|_| unusable())?,
        Some(proxy) => {
            if let Some(auth) = proxy.basic_auth() {
                parts.headers.insert(PROXY_AUTHORIZATION, auth.clone());
            }
            absolute
        }
    };
    let request = Box::new(Request::from_parts(parts, RequestBody::from(body)));
    let timeouts = Timeouts { connect: route.connect_timeout, read: route.read_timeout };
    let pool = Arc::new(Pool::new(0));
    let host = link.connector.shown();
    let url = || format!("{origin}{target}");
    let sent = link.send(&pool, request, timeouts, &url).await;
    let sent = sent.inspect_err(|_| log::identity_service_silent(host))?;
    let (head, mut body) = sent.into_parts();
    let request_id = head.headers.get("x-amzn-requestid").and_then(|id| id.to_str().ok());
    log::identity_service_answered(host, head.status.as_u16(), request_id);
    let body = body.collect().await.map_err(|(_, error)| error)?;
    Ok(Response::from_parts(head, body))
}

/// The URI that a text names. As in botocore, line breaks and tabs in it do not count, and what a
/// URI cannot hold is percent-encoded.
pub fn uri(text: &str) -> Option<Uri> {
    const UNSAFE: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'<')
        .add(b'>')
        .add(b'\\')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}');
    let text = text.trim_start().replace(['\t', '\r', '\n'], "");
    utf8_percent_encode(&text, UNSAFE).to_string().parse().ok()
}

/// Host and port as botocore's HTTP library puts them into the Host header: an IPv6 address in
/// brackets, no user name, and the port only where it is not the scheme's own. `None` where there
/// is no host, or a port that is none: `Uri` tells of neither.
fn host_header(uri: &Uri) -> Option<String> {
    let written = uri.host().filter(|host| !host.is_empty())?;
    let authority = uri.authority()?.as_str();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, authority)| authority);
    let port = match authority.strip_prefix(written)? {
        "" => None,
        port => port_number(port.strip_prefix(':')?)?,
    };
    let host = written.to_ascii_lowercase();
    let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    Some(match port.filter(|port| *port != default) {
        None => host,
        Some(port) => format!("{host}:{port}"),
    })
}

/// The HTTP client that the SDK's identity clients use.
#[derive(Debug, Clone)]
pub struct IdentityHttp {
    pub verify: Verify,
}

impl HttpClient for IdentityHttp {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(RoutedHttp(Route {
            verify: self.verify.clone(),
            use_proxies: true,
            connect_timeout: settings.connect_timeout(),
            read_timeout: settings.read_timeout(),
        }))
    }
}

#[derive(Debug)]
struct RoutedHttp(Route);

impl HttpConnector for RoutedHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let route = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request =
                request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            let body = body.bytes().map(Bytes::copy_from_slice).ok_or_else(|| {
                ConnectorError::user("identity services take no streaming bodies".into())
            })?;
            let answer =
                exchange(Request::from_parts(parts, body), &route).await.map_err(failed)?;
            HttpResponse::try_from(answer.map(SdkBody::from))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn failed(error: Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_header_is_that_of_pythons_library() {
        for (url, host) in [
            ("http://169.254.170.2/keys", "169.254.170.2"),
            ("http://localhost:80/", "localhost"),
            ("http://localhost:443/", "localhost:443"),
            ("https://example.com:443/", "example.com"),
            ("https://example.com:8443", "example.com:8443"),
            ("http://[fd00:ec2::254]/latest", "[fd00:ec2::254]"),
            ("http://[::1]:1338/latest", "[::1]:1338"),
            ("http://user:secret@localhost:9/", "localhost:9"),
        ] {
            assert_eq!(host_header(&url.parse().unwrap()).as_deref(), Some(host), "{url}");
        }
    }

    #[test]
    fn a_port_that_is_none_is_not_dropped() {
        for port in ["99999", "65536", "+80", "-1", "8o", "0x50"] {
            for host in ["localhost", "[::1]", "user:1@localhost"] {
                // Some of them are no URI to begin with.
                let url: Option<Uri> = format!("http://{host}:{port}/").parse().ok();
                assert_eq!(url.as_ref().and_then(host_header), None, "{host}:{port}");
            }
        }
        let empty = "http://localhost:/keys".parse().unwrap();
        assert_eq!(host_header(&empty).as_deref(), Some("localhost"));
    }

    #[tokio::test]
    async fn secrets_travel_by_http_and_https_alone() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let limit = Some(Duration::from_secs(5));
        let route = Route {
            verify: Verify::Default,
            use_proxies: false,
            connect_timeout: limit,
            read_timeout: limit,
        };
        for scheme in ["ftp", "ws", "httpss", "h"] {
            let request = Request::post(format!("{scheme}://{address}/")).body(Bytes::new());
            let error = exchange(request.unwrap(), &route).await.unwrap_err();
            assert!(matches!(error.kind(), Kind::InvalidEndpointUrl { .. }), "{error}");
        }
        assert!(listener.accept().is_err(), "nothing was sent");
    }
}
