//! The control API: changing and watching a server, by its owner or, under `/_local/`, over HTTP.

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::local::http::request_body;
use crate::local::http::response::{error_response, plain_json, refusal};
use crate::local::http::response_body::Body;
use crate::local::operations::bedrock::Bedrock;
use crate::local::scenario::requester::Requester;
use crate::local::scenario::settings::Scenario;
use crate::local::service_error::ServiceError;

/// The response to a request for `/_local/{name}`.
pub(super) async fn handle(
    bedrock: &Bedrock,
    parts: &Parts,
    name: &str,
    body: Incoming,
) -> Response<Body> {
    let method = parts.method.as_str();
    // A web page can send any text as text/plain. Before it sends something as JSON, the browser
    // asks the server for permission.
    if method == "POST" && !is_json(parts) {
        let message = format!("POST /_local/{name} requires Content-Type: application/json.");
        let error = ServiceError::front_end(415, "UnsupportedMediaTypeException", message);
        return refusal(&error.closing(), body);
    }
    let body = match request_body::read(body, bedrock.body_timeout).await {
        Ok(body) => body,
        Err(error) => return error_response(&error),
    };
    match bedrock.control(Requester::Network, method, name, &body) {
        Ok(json) => plain_json(StatusCode::OK, json),
        Err(message) => {
            plain_json(StatusCode::BAD_REQUEST, json!({"message": message}).to_string())
        }
    }
}

/// Whether the request's only content type is JSON, in any charset.
fn is_json(parts: &Parts) -> bool {
    let mut types = parts.headers.get_all(CONTENT_TYPE).iter();
    let essence = types.next().and_then(|value| value.to_str().ok()?.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
        && types.next().is_none()
}

impl Bedrock {
    /// Does what `method /_local/{name}` stands for, and returns JSON. The error is a sentence for
    /// the caller.
    ///
    /// `counters`: GET, and DELETE to reset. `scenario`: POST changes the settings that the body
    /// names, DELETE resets all. `faults`: POST adds one, DELETE removes all.
    pub(super) fn control(
        &self,
        requester: Requester,
        method: &str,
        name: &str,
        body: &[u8],
    ) -> Result<String, String> {
        let json = || -> Result<Value, String> {
            serde_json::from_slice(body).map_err(|error| format!("{name}: {error}"))
        };
        match (method, name) {
            ("GET", "counters") => return Ok(self.counters.snapshot().to_string()),
            ("DELETE", "counters") => self.counters.reset(),
            ("POST", "scenario") => {
                let json = json()?;
                self.change_scenario(|scenario| scenario.updated(requester, &json))?;
            }
            ("DELETE", "scenario") => {
                self.change_scenario(|scenario| Ok(scenario.reset(requester)))?;
            }
            ("POST", "faults") => {
                let json = json()?;
                self.change_scenario(|scenario| {
                    let mut scenario = scenario.clone();
                    scenario.add_fault(&json).map(|()| scenario)
                })?;
            }
            ("DELETE", "faults") => self.change_scenario(|scenario| {
                Ok(Scenario { faults: Vec::new(), ..scenario.clone() })
            })?,
            _ => return Err(format!("the control API has no {method} {name}")),
        }
        Ok("{}".to_owned())
    }
}
