//! A synchronous call: sent and parsed on its caller's thread.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::bodies::synchronous::RawBody;
use super::interpreter::imported::Imported;
use super::interpreter::python_calls;
use super::logging::LoggedCall;
use super::streams::synchronous::EventStream;
use super::{response, signals};
use crate::call::client::Client;
use crate::call::options::CallOptions;
use crate::call::prepared::PreparedCall;
use crate::call::response::CallResponse;
use crate::credentials::Identity;
use crate::drive::blocking;
use crate::http::body::Body;
use crate::model::{Operation, Service};

/// Makes the call. Returns the dict that the caller gets, or the exception. `identity` is the one that
/// Python provides for the call, if the engine finds none itself.
pub fn send_and_parse<'py>(
    py: Python<'py>,
    client: &Client,
    service: &'static Service,
    call: &PreparedCall,
    options: &CallOptions,
    identity: Option<&Identity>,
) -> PyResult<Bound<'py, PyDict>> {
    let response = send(py, client, call, options, identity)?;
    parse(py, service, call.operation, response)
}

fn send(
    py: Python<'_>,
    client: &Client,
    call: &PreparedCall,
    options: &CallOptions,
    identity: Option<&Identity>,
) -> PyResult<CallResponse<Body>> {
    let logged = LoggedCall::begin(py, call.operation)?;
    let response = py.detach(|| {
        logged.within(|| blocking::call(client, call, options, identity, signals::watch()))
    });
    logged.end(py)?;
    response.map_err(|stop| stop.into_exception(py))
}

fn parse<'py>(
    py: Python<'py>,
    service: &'static Service,
    operation: &'static Operation,
    response: CallResponse<Body>,
) -> PyResult<Bound<'py, PyDict>> {
    response::parse(py, service, operation, response, |body, length| {
        if operation.output.event_stream().is_some() {
            let stream = EventStream::new(service, operation, body);
            return Ok(Bound::new(py, stream)?.into_any());
        }
        static STREAMING_BODY: Imported = Imported::new("fastbedrock.response", "StreamingBody");
        let raw = Bound::new(py, RawBody::new(body))?;
        python_calls::call_function(py, &STREAMING_BODY, (raw, length))
    })
}
