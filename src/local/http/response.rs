//! Responses with the headers that the service sends.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::Incoming;

use super::request_body::discard;
use super::response_body::Body;
use crate::local::ids::uuid;
use crate::local::service_error::ServiceError;

/// 200, with the headers of every successful response.
pub(crate) fn success(body: Body, content_type: &str) -> Response<Body> {
    let mut response = Response::new(body);
    set_header(&mut response, "content-type", content_type);
    set_header(&mut response, "x-amzn-requestid", &uuid(fastrand::u64(..)));
    response
}

/// The response that reports an error.
pub(crate) fn error_response(error: &ServiceError) -> Response<Body> {
    let mut response = Response::new(Body::whole(error.body()));
    *response.status_mut() =
        StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if error.raw_body.is_none() {
        set_header(&mut response, "content-type", "application/json");
        set_header(&mut response, "x-amzn-errortype", &error.error_type());
    } else {
        set_header(&mut response, "content-type", "text/html");
    }
    for (name, value) in &error.headers {
        set_header(&mut response, name, value);
    }
    set_header(&mut response, "x-amzn-requestid", &uuid(fastrand::u64(..)));
    response
}

/// The response to a request whose body is not read.
pub(crate) fn refusal(error: &ServiceError, body: Incoming) -> Response<Body> {
    discard(body);
    error_response(error)
}

/// A response of the control API.
pub(crate) fn plain_json(status: StatusCode, json: String) -> Response<Body> {
    let mut response = Response::new(Body::whole(Bytes::from(json)));
    *response.status_mut() = status;
    set_header(&mut response, "content-type", "application/json");
    response
}

/// Sets a header, unless HTTP does not allow its name or value.
pub(crate) fn set_header(response: &mut Response<Body>, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        response.headers_mut().insert(name, value);
    }
}
