//! The HTTP client that aws-config's identity providers (STS, SSO, container, IMDS) use: ours, so
//! that `verify=` holds for them too and no second HTTP stack is linked.

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
use http::header::{HOST, HeaderValue};
use http_body_util::Full;

use super::connector::Connector;
use super::error::Error;
use super::link::Link;
use super::log;
use super::pool::Pool;
use super::proxy;
use super::settings::Verify;

/// Opens a connection for each request: identities are fetched once an hour.
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
        SharedHttpConnector::new(TimedHttp {
            verify: self.verify.clone(),
            connect_timeout: settings.connect_timeout(),
            read_timeout: settings.read_timeout(),
        })
    }
}

#[derive(Debug, Clone)]
struct TimedHttp {
    verify: Verify,
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
}

impl HttpConnector for TimedHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move { this.exchange(request).await })
    }
}

impl TimedHttp {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request =
            request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (mut parts, body) = request.into_parts();
        let body = body.bytes().map(bytes::Bytes::copy_from_slice).ok_or_else(|| {
            ConnectorError::user("a streaming body cannot be sent to an identity service".into())
        })?;
        let unusable = || ConnectorError::user("the identity service's URL is unusable".into());
        let authority = parts.uri.authority().ok_or_else(unusable)?.clone();
        let scheme = parts.uri.scheme().ok_or_else(unusable)?.clone();
        let target =
            parts.uri.path_and_query().map_or_else(|| "/".to_owned(), |path| path.to_string());
        let origin = format!("{scheme}://{authority}");
        if !parts.headers.contains_key(HOST) {
            let host = HeaderValue::from_str(authority.as_str()).map_err(|_| unusable())?;
            parts.headers.insert(HOST, host);
        }
        parts.uri = target.parse().map_err(|_| unusable())?;
        let origin_url = origin.parse().map_err(|_| unusable())?;
        let proxy = proxy::choose(&origin_url, None, &Env::real());
        let link = Link {
            connector: Connector::new(origin_url, self.verify.clone(), self.connect_timeout, proxy)
                .map_err(failed)?,
            read_timeout: self.read_timeout,
            endpoint_url: Arc::from(origin.as_str()),
        };
        let build = || Ok(http::Request::from_parts(parts.clone(), Full::new(body.clone())));
        let pool = Arc::new(Pool::new(0));
        let (head, mut body) = link.send(&pool, &target, build).await.map_err(failed)?.into_parts();
        let request_id = head.headers.get("x-amzn-requestid").and_then(|id| id.to_str().ok());
        let host = authority.as_str().rsplit('@').next().unwrap_or_default();
        log::identity_service_answered(host, head.status.as_u16(), request_id);
        let body = body.collect().await.map_err(|(_, error)| failed(error))?;
        HttpResponse::try_from(http::Response::from_parts(head, SdkBody::from(body)))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }
}

fn failed(error: Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
