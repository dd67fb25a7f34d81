//! A tunnel through an HTTP proxy to an endpoint that speaks TLS.

use std::pin::pin;

use http::header::{HOST, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use http::{Method, Request};
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::url::Proxy;
use crate::http::hyper_client::{http1_client, text_with_causes};

/// Asks the proxy for a connection to the origin. Returns the stream, which then leads to the origin.
pub async fn open<S>(stream: S, origin: &http::Uri, proxy: &Proxy) -> Result<S, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| text_with_causes(&error);
    let host = origin.host().unwrap_or_default();
    let target = format!("{host}:{}", origin.port_u16().unwrap_or(443));
    let unusable = |_| format!("no tunnel can lead to {target}");
    let mut request = Request::new(Empty::<&[u8]>::new());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = target.parse().map_err(unusable)?;
    let host = HeaderValue::try_from(&target)
        .map_err(|_| format!("{target} is not a valid Host header"))?;
    request.headers_mut().insert(HOST, host);
    let agent = HeaderValue::from_static(concat!("fastbedrock/", env!("CARGO_PKG_VERSION")));
    request.headers_mut().insert(USER_AGENT, agent);
    if let Some(auth) = proxy.basic_auth() {
        request.headers_mut().insert(PROXY_AUTHORIZATION, auth.clone());
    }
    let (mut sender, driver) =
        http1_client().handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let mut driver = pin!(driver.with_upgrades());
    let mut sent = pin!(sender.send_request(request));
    let mut driver_result = None;
    let response = tokio::select! {
        biased;
        ended = &mut driver => {
            driver_result = Some(ended);
            sent.await
        }
        response = &mut sent => response,
    };
    let response = response.map_err(failed)?;
    if !response.status().is_success() {
        return Err(format!("the proxy responded with {}", response.status()));
    }
    match driver_result {
        Some(ended) => ended,
        None => driver.await,
    }
    .map_err(failed)?;
    let upgraded = hyper::upgrade::on(response).await.map_err(failed)?;
    match upgraded.downcast::<TokioIo<S>>() {
        // A TLS server sends nothing before the client has sent something.
        Ok(parts) if parts.read_buf.is_empty() => Ok(parts.io.into_inner()),
        _ => Err("the proxy sent something before the tunnel was in use".to_owned()),
    }
}
