//! `Engine`: what one Python client works with.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use pyo3::exceptions::{PyAttributeError, PyNotImplementedError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::async_call::{Call, State};
use super::awaitable::Awaitable;
use super::event_stream::EventStream;
use super::identity::External;
use super::raw_body::RawBody;
use super::signals::{self, Stop};
use super::{errors, identity, options, reply, slow};
use crate::codec;
use crate::model::{Operation, Service};
use crate::transport::auth::Auth;
use crate::transport::background::Background;
use crate::transport::blocking::Blocking;
use crate::transport::call::{Request, Transport};
use crate::transport::credentials::Credentials;
use crate::transport::settings::Settings;

/// What one client works with: resolved settings, identity, connections.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct Engine {
    service: &'static Service,
    blocking: Blocking,
    background: Arc<Background>,
    external: Option<External>,
}

/// The service that boto3 calls by this name.
pub fn service(name: &str) -> PyResult<&'static Service> {
    Service::find(name)
        .ok_or_else(|| PyValueError::new_err(format!("no tables for the service {name}")))
}

#[pymethods]
impl Engine {
    #[new]
    fn new(py: Python<'_>, service_name: &str, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let service = service(service_name)?;
        let arguments = options::arguments(options)?;
        let transport = Settings::resolve(service, arguments)
            .and_then(Transport::new)
            .map_err(|error| errors::exception(py, &error))?;
        let warnings = &transport.settings.warnings;
        if !warnings.is_empty() {
            py.import("fastbedrock.config")?.call_method1("warn_of", (warnings.clone(),))?;
        }
        let max_concurrency = options::max_concurrency(options)?;
        let external = External::of(&transport.settings.auth, options)?;
        let transport = Arc::new(transport);
        Ok(Engine {
            service,
            blocking: Blocking::new(transport.clone()),
            background: Arc::new(Background::new(transport, max_concurrency)),
            external,
        })
    }

    #[getter]
    fn region_name(&self) -> &str {
        &self.blocking.transport.settings.region
    }

    #[getter]
    fn endpoint_url(&self) -> &str {
        &self.blocking.transport.settings.endpoint.url
    }

    #[getter]
    fn partition(&self) -> &'static str {
        self.blocking.transport.settings.partition
    }

    /// The values in effect under botocore's Config names.
    #[getter]
    fn settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        options::in_effect(py, &self.blocking.transport.settings)
    }

    /// What is asked for the identity before each call, and whether it gives a bearer token; None
    /// where the engine has an identity of its own.
    #[getter]
    fn external(&self, py: Python<'_>) -> Option<(Py<PyAny>, bool)> {
        let external = self.external.as_ref()?;
        Some((external.source().clone_ref(py), matches!(external, External::Token(_))))
    }

    /// The MFA devices whose codes a look-up of the keys needs from its user.
    fn wanted_codes(&self) -> Vec<String> {
        self.own_credentials().map(Credentials::wanted_codes).unwrap_or_default()
    }

    /// The codes of the wanted devices, in their order.
    fn give_codes(&self, codes: Vec<String>) {
        if let Some(credentials) = self.own_credentials() {
            credentials.give_codes(codes);
        }
    }

    /// The identity in effect: access_key, secret_key, token, method, account_id; None where none
    /// is found.
    fn credentials<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let (py, this) = (slf.py(), slf.get());
        if let Some(External::Keys(source)) = &this.external {
            let found = identity::find(source.bind(py))?;
            return found.map(|identity| identity::dict(py, &identity)).transpose();
        }
        ask_for_codes(slf)?;
        match py.detach(|| this.blocking.identity(signals::watch())) {
            Ok(Some(found)) => identity::dict(py, &found).map(Some),
            Ok(None) => Ok(None),
            Err(Stop::Failed(error)) if error.is_no_credentials() => Ok(None),
            Err(stop) => Err(stop.into_exception(py)),
        }
    }

    /// Make one call (AWS's operation name) and return its response.
    fn call<'py>(
        slf: &Bound<'py, Self>,
        operation_name: &str,
        params: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (py, this) = (slf.py(), slf.get());
        let operation = this.operation(operation_name)?;
        let request = this.request(operation, params)?;
        let external = this.external.as_ref().map(|external| external.ask(py)).transpose()?;
        ask_for_codes(slf)?;
        let answer = py
            .detach(|| this.blocking.call(&request, external.as_ref(), signals::watch()))
            .map_err(|stop| stop.into_exception(py))?;
        reply::response(py, this.service, operation, answer, |body, length| {
            if operation.output.event_stream().is_some() {
                let stream = EventStream::new(this.service, operation, body);
                return Ok(Bound::new(py, stream)?.into_any());
            }
            static STREAMING_BODY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
            let raw = Bound::new(py, RawBody::new(body))?;
            STREAMING_BODY.import(py, "fastbedrock.response", "StreamingBody")?.call1((raw, length))
        })
    }

    /// The same as a coroutine; nothing is sent before it is first awaited.
    ///
    /// A response beyond 256 KiB comes as a callable that decodes it, for another thread.
    #[pyo3(signature = (operation_name, params, identity=None))]
    fn call_async(
        &self,
        operation_name: &str,
        params: &Bound<'_, PyDict>,
        identity: Option<&Bound<'_, identity::GivenIdentity>>,
    ) -> PyResult<Awaitable> {
        let operation = self.operation(operation_name)?;
        let request = self.request(operation, params)?;
        let external = identity.map(|identity| identity.get().0.clone());
        Ok(Awaitable::new(Call {
            background: self.background.clone(),
            service: self.service,
            operation,
            state: State::Prepared { request, external },
        }))
    }

    /// Close idle connections and abort asynchronous calls in flight. The engine stays usable.
    fn close(&self, py: Python<'_>) {
        py.detach(|| {
            self.blocking.close();
            self.background.close();
        });
    }

    /// What `credentials=` belongs to may well hold the client.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(self.external.as_ref().map(External::source))
    }
}

/// Has the user type the codes that the keys' look-up needs, here on the caller's thread.
fn ask_for_codes(engine: &Bound<'_, Engine>) -> PyResult<()> {
    static ASK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if engine.get().wanted_codes().is_empty() {
        return Ok(());
    }
    ASK.import(engine.py(), "fastbedrock._mfa", "ask")?.call1((engine,)).map(drop)
}

impl Engine {
    /// The keys that the engine itself finds and keeps.
    fn own_credentials(&self) -> Option<&Credentials> {
        match &self.blocking.transport.settings.auth {
            Auth::SigV4(credentials) => Some(credentials),
            _ => None,
        }
    }

    fn operation(&self, name: &str) -> PyResult<&'static Operation> {
        let operation = self.service.operation(name).ok_or_else(|| {
            PyAttributeError::new_err(format!(
                "{} has no operation {name}",
                self.service.service_id
            ))
        })?;
        if operation.bidirectional {
            return Err(PyNotImplementedError::new_err(format!(
                "{name} streams in both directions, which is not supported yet"
            )));
        }
        Ok(operation)
    }

    /// The fast tier's request, or the slow tier's.
    fn request(
        &self,
        operation: &'static Operation,
        params: &Bound<'_, PyDict>,
    ) -> PyResult<Request> {
        if let Ok(encoded) = codec::request(operation, params) {
            let headers = encoded.headers.into_iter();
            let headers: Result<Vec<_>, http::Error> = headers
                .map(|(name, value)| {
                    Ok((HeaderName::try_from(name)?, HeaderValue::try_from(value)?))
                })
                .collect();
            if let Ok(headers) = headers {
                let (target, body) = (encoded.target, Bytes::from(encoded.body));
                return Ok(Request { operation, target, headers, body });
            }
        }
        let (target, headers, body) = slow::prepare(self.service, operation, params)?;
        let headers = headers.into_iter().map(|(name, value)| header(&name, &value));
        Ok(Request {
            operation,
            target,
            headers: headers.collect::<PyResult<_>>()?,
            body: Bytes::from(body.unwrap_or_default()),
        })
    }
}

/// A header as botocore sends it: text as UTF-8.
fn header(name: &str, value: &Bound<'_, PyAny>) -> PyResult<(HeaderName, HeaderValue)> {
    let value = match value.cast::<PyString>() {
        Ok(text) => HeaderValue::try_from(text.to_str()?),
        Err(_) => HeaderValue::from_bytes(value.cast::<PyBytes>()?.as_bytes()),
    };
    let invalid = || PyValueError::new_err(format!("the header {name} cannot hold this value"));
    Ok((HeaderName::try_from(name).map_err(|_| invalid())?, value.map_err(|_| invalid())?))
}
