//! A tunnel through an HTTP proxy to an endpoint that speaks TLS.

use std::pin::pin;

use http::header::{HOST, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT};
use http::{Method, Request};
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::http::connection::http1_client;
use crate::http::connector::describe;
use crate::http::proxy::Proxy;

/// Asks the proxy for a connection to the origin and returns the stream that leads there.
pub async fn open<S>(stream: S, origin: &http::Uri, proxy: &Proxy) -> Result<S, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| describe(&error);
    let host = origin.host().unwrap_or_default();
    let target = format!("{host}:{}", origin.port_u16().unwrap_or(443));
    let unusable = |_| format!("no tunnel can lead to {target}");
    let mut request = Request::new(Empty::<&[u8]>::new());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = target.parse().map_err(unusable)?;
    let host = HeaderValue::try_from(&target).map_err(|_| format!("{target} is no Host"))?;
    request.headers_mut().insert(HOST, host);
    let agent = HeaderValue::from_static(concat!("fastbedrock/", env!("CARGO_PKG_VERSION")));
    request.headers_mut().insert(USER_AGENT, agent);
    if let Some(auth) = proxy.basic_auth() {
        request.headers_mut().insert(PROXY_AUTHORIZATION, auth.clone());
    }
    let (mut sender, driver) =
        http1_client().handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let mut driver = pin!(driver.with_upgrades());
    let mut answer = pin!(sender.send_request(request));
    let mut driven = None;
    let answer = tokio::select! {
        biased;
        ended = &mut driver => {
            driven = Some(ended);
            answer.await
        }
        answer = &mut answer => answer,
    };
    let answer = answer.map_err(failed)?;
    if !answer.status().is_success() {
        return Err(format!("the proxy answered {}", answer.status()));
    }
    match driven {
        Some(ended) => ended,
        None => driver.await,
    }
    .map_err(failed)?;
    let upgraded = hyper::upgrade::on(answer).await.map_err(failed)?;
    match upgraded.downcast::<TokioIo<S>>() {
        // A TLS server waits for the client to begin.
        Ok(parts) if parts.read_buf.is_empty() => Ok(parts.io.into_inner()),
        _ => Err("the proxy sent something before the tunnel was in use".to_owned()),
    }
}
