//! HTTP for the services and endpoints that return credentials. It uses our own connections, so
//! that no second HTTP stack is linked.
//!
//! The arguments of the client that needs the credentials do not apply to these requests: neither
//! `verify=` nor `Config(proxies=…)` nor the client's timeouts. As in botocore, these settings
//! apply:
//!
//! | request | proxy | trusted roots | connect / read timeout | attempts |
//! |---|---|---|---|---|
//! | STS: `AssumeRole`, `AssumeRoleWithWebIdentity` | the environment's | `AWS_CA_BUNDLE` or the profile's `ca_bundle`, `REQUESTS_CA_BUNDLE`, the system's | 10 s / 60 s | `AWS_MAX_ATTEMPTS` or the profile's `max_attempts`, 3 |
//! | SSO: `GetRoleCredentials`, `CreateToken` | the environment's | as STS | 10 s / 60 s | as STS |
//! | sign-in (`aws login`): `CreateOAuth2Token` | the environment's | as STS | 10 s / 60 s | as STS |
//! | container endpoint | never | the system's | 2 s / 2 s | 3, a second apart |
//! | instance metadata | never | the system's | `AWS_METADATA_SERVICE_TIMEOUT`, 1 s | `AWS_METADATA_SERVICE_NUM_ATTEMPTS`, 1 |
//!
//! There are two differences: botocore's connect timeout for STS, SSO and sign-in is 60 s, and it
//! sends requests to instance metadata through the environment's proxy, which would return the
//! credentials of the proxy's machine.

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

use crate::environment::arguments::Verify;
use crate::environment::url::port_number;
use crate::error::{Error, Kind};
use crate::http::connector::{ConnectOptions, Connector};
use crate::http::exchange::{OriginServer, Timeouts};
use crate::http::pool::Pool;
use crate::http::proxy;
use crate::http::request_body::RequestBody;
use crate::log;

/// How one request is sent.
#[derive(Debug, Clone)]
pub struct RequestOptions {
    pub verify: Verify,
    /// Whether to use the environment's proxies.
    pub use_proxies: bool,
    pub connect_timeout: Option<Duration>,
    pub read_timeout: Option<Duration>,
}

/// Sends a request with an absolute URI and returns the whole response. Each request has a
/// connection of its own, because credentials are retrieved about once an hour.
pub async fn send(
    request: Request<Bytes>,
    options: &RequestOptions,
) -> Result<Response<Bytes>, Error> {
    let (mut parts, body) = request.into_parts();
    let url = parts.uri.clone();
    let unusable = || Error::new(Kind::InvalidEndpointUrl { endpoint_url: url.to_string() });
    // The request carries secrets, so plain HTTP is used only if the scheme is exactly `http`.
    let scheme = url.scheme_str().filter(|scheme| ["http", "https"].contains(scheme));
    let scheme = scheme.ok_or_else(unusable)?;
    let host = host_header(&url).ok_or_else(unusable)?;
    let origin = format!("{scheme}://{host}");
    let target = url.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let origin_url: Uri = origin.parse().map_err(|_| unusable())?;
    let absolute: Uri = format!("{origin}{target}").parse().map_err(|_| unusable())?;
    let host = HeaderValue::from_str(&host).map_err(|_| unusable())?;
    let proxy = match options.use_proxies {
        true => proxy::choose(&origin_url, None, &Env::real())?,
        false => None,
    };
    let connect_options = ConnectOptions { verify: options.verify.clone(), keepalive: true, proxy };
    let server = OriginServer {
        connector: Connector::new(origin_url, connect_options)?,
        endpoint_url: Arc::from(origin.as_str()),
    };
    parts.headers.insert(HOST, host);
    parts.headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));
    parts.uri = match server.connector.forwarding_proxy() {
        None => target.parse().map_err(|_| unusable())?,
        Some(proxy) => {
            if let Some(auth) = proxy.basic_auth() {
                parts.headers.insert(PROXY_AUTHORIZATION, auth.clone());
            }
            absolute
        }
    };
    let request = Request::from_parts(parts, RequestBody::from(body));
    let timeouts = Timeouts { connect: options.connect_timeout, read: options.read_timeout };
    let pool = Arc::new(Pool::new(0));
    let host = server.connector.shown();
    let url = || format!("{origin}{target}");
    let sent = server.send(&pool, request, timeouts, &url).await;
    let sent = sent.inspect_err(|_| log::identity_service_failed(host))?;
    let (head, mut body) = sent.into_parts();
    let request_id = head.headers.get("x-amzn-requestid").and_then(|id| id.to_str().ok());
    log::identity_service_responded(host, head.status.as_u16(), request_id);
    let body = body.collect().await.map_err(|(_, error)| error)?;
    Ok(Response::from_parts(head, body))
}

/// Parses a URI. As in botocore, line breaks and tabs are removed, and characters that a URI cannot
/// hold are percent-encoded.
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

/// The Host header as botocore's HTTP library writes it: an IPv6 address in brackets, no user name,
/// and the port only if it is not the scheme's default. `None` if the host is missing or the port
/// is invalid: `Uri` accepts both.
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

/// The HTTP client of the SDK's clients for identity services.
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
        SharedHttpConnector::new(IdentityHttpConnector(RequestOptions {
            verify: self.verify.clone(),
            use_proxies: true,
            connect_timeout: settings.connect_timeout(),
            read_timeout: settings.read_timeout(),
        }))
    }
}

#[derive(Debug)]
struct IdentityHttpConnector(RequestOptions);

impl HttpConnector for IdentityHttpConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let options = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request =
                request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            let body = body.bytes().map(Bytes::copy_from_slice).ok_or_else(|| {
                ConnectorError::user("identity services accept no streaming bodies".into())
            })?;
            let request = Request::from_parts(parts, body);
            let response = send(request, &options).await.map_err(connector_error)?;
            HttpResponse::try_from(response.map(SdkBody::from))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn connector_error(error: Error) -> ConnectorError {
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
    fn the_host_header_is_that_of_pythons_http_library() {
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
    fn an_invalid_port_is_not_dropped() {
        for port in ["99999", "65536", "+80", "-1", "8o", "0x50"] {
            for host in ["localhost", "[::1]", "user:1@localhost"] {
                // Some of these are not even URIs.
                let url: Option<Uri> = format!("http://{host}:{port}/").parse().ok();
                assert_eq!(url.as_ref().and_then(host_header), None, "{host}:{port}");
            }
        }
        let empty = "http://localhost:/keys".parse().unwrap();
        assert_eq!(host_header(&empty).as_deref(), Some("localhost"));
    }

    #[tokio::test]
    async fn secrets_are_sent_over_http_and_https_only() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let limit = Some(Duration::from_secs(5));
        let options = RequestOptions {
            verify: Verify::Default,
            use_proxies: false,
            connect_timeout: limit,
            read_timeout: limit,
        };
        for scheme in ["ftp", "ws", "httpss", "h"] {
            let request = Request::post(format!("{scheme}://{address}/")).body(Bytes::new());
            let error = send(request.unwrap(), &options).await.unwrap_err();
            assert!(matches!(error.kind(), Kind::InvalidEndpointUrl { .. }), "{error}");
        }
        assert!(listener.accept().is_err(), "nothing was sent");
    }
}
