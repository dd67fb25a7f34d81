//! A loopback server that sends the same response to every request, and keeps the requests.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

pub struct Server {
    pub url: String,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    response: Response<Bytes>,
    requests: Vec<Request<Bytes>>,
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::<Mutex<Shared>>::default();
        let server = Server { url, shared: shared.clone() };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let shared = shared.clone();
                let service = service_fn(move |request| respond(shared.clone(), request));
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async {
                    let _a_client_may_go_at_any_time = connection.await;
                });
            }
        });
        server
    }

    /// From now on, responds with this response.
    pub fn respond_with(&self, response: Response<Bytes>) {
        self.shared.lock().unwrap().response = response;
    }

    /// The only request since the last call of this method.
    pub fn request(&self) -> Request<Bytes> {
        let mut requests = std::mem::take(&mut self.shared.lock().unwrap().requests);
        assert_eq!(requests.len(), 1);
        requests.remove(0)
    }
}

async fn respond(
    shared: Arc<Mutex<Shared>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut shared = shared.lock().unwrap();
    shared.requests.push(Request::from_parts(head, body));
    Ok(shared.response.clone().map(Full::new))
}
