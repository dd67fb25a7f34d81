//! `Engine`: what one Python client works with.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use pyo3::exceptions::{PyAttributeError, PyNotImplementedError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::async_call::{Call, State};
use super::awaitable::Awaitable;
use super::event_stream::EventStream;
use super::imported::Imported;
use super::logging::Listening;
use super::look_up::LookUp;
use super::pending::Pending;
use super::raw_body::RawBody;
use super::signals::{self, Stop};
use super::{crossing, errors, identity, logging, models, options, reply, slow_path};
use crate::call::transport::{Request, Transport};
use crate::codec;
use crate::config::auth::Auth;
use crate::config::settings::Settings;
use crate::credentials::{Credentials, Identity};
use crate::drive::background::Background;
use crate::drive::blocking::Blocking;
use crate::model::{Operation, Service};

/// What one client works with: resolved settings, identity, connections.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct Engine {
    service: &'static Service,
    blocking: Blocking,
    background: Arc<Background>,
}

/// A call whose parameters have been encoded.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct PreparedCall(Mutex<Option<Request>>);

impl PreparedCall {
    fn take(&self) -> PyResult<Request> {
        let request = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        request.ok_or_else(|| PyRuntimeError::new_err("a prepared call can be made once only"))
    }
}

#[pymethods]
impl Engine {
    #[new]
    fn new(py: Python<'_>, service_name: &str, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let service = models::service(service_name)?;
        errors::guarded(py, || Engine::create(py, service, options))
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

    /// Who is to be asked for the identity before each call: "keys" for `credentials=`, "token" for
    /// the `auth_token` of a botocore session, None where the engine has an identity of its own.
    #[getter]
    fn external(&self) -> Option<&'static str> {
        match self.blocking.transport.settings.auth {
            Auth::External => Some("keys"),
            Auth::ExternalBearer => Some("token"),
            _ => None,
        }
    }

    /// Whether the engine's keys can need codes of MFA devices from their user.
    #[getter]
    fn asks_for_codes(&self) -> bool {
        self.own_credentials().is_some_and(Credentials::asks_for_codes)
    }

    /// The MFA devices whose codes a look-up of the keys needs now.
    fn wanted_codes(&self) -> Vec<String> {
        self.own_credentials().map(Credentials::wanted_codes).unwrap_or_default()
    }

    /// The codes of the wanted devices, in their order.
    fn give_codes(&self, codes: Vec<String>) {
        if let Some(credentials) = self.own_credentials() {
            credentials.give_codes(codes);
        }
    }

    /// The identity that the engine finds itself: access_key, secret_key, token, method, account_id;
    /// None where there is none.
    fn credentials<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        errors::guarded(py, || {
            logging::listen(py)?;
            let found = py.detach(|| self.blocking.identity(signals::watch()));
            logging::flush(py)?;
            match found {
                Ok(Some(found)) => identity::dict(py, &found).map(Some),
                Ok(None) => Ok(None),
                Err(Stop::Failed(error)) if error.is_no_credentials() => Ok(None),
                Err(stop) => Err(stop.into_exception(py)),
            }
        })
    }

    /// The same for a consumer without an event loop; a look-up that is dropped goes on only if others
    /// need it.
    fn credentials_pending(&self, py: Python<'_>) -> PyResult<Pending> {
        logging::listen(py)?;
        Ok(Pending::new(LookUp::new(self.own_credentials().cloned())))
    }

    /// Make one call (AWS's operation name) and return its response.
    fn call<'py>(
        &self,
        py: Python<'py>,
        operation_name: &str,
        params: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let operation = self.operation(operation_name)?;
        errors::guarded(py, || self.run(py, &self.request(operation, params)?, None))
    }

    /// Encode a call's parameters (AWS's operation name). Nothing is sent.
    fn prepare(&self, operation_name: &str, params: &Bound<'_, PyDict>) -> PyResult<PreparedCall> {
        let operation = self.operation(operation_name)?;
        let request = errors::guarded(params.py(), || self.request(operation, params))?;
        Ok(PreparedCall(Mutex::new(Some(request))))
    }

    /// Make a prepared call, with these keys if there are any, and return its response.
    #[pyo3(signature = (prepared, identity=None))]
    fn call_prepared<'py>(
        &self,
        py: Python<'py>,
        prepared: &PreparedCall,
        identity: Option<&Bound<'_, identity::GivenIdentity>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let external = identity.map(|identity| &identity.get().0);
        errors::guarded(py, || self.run(py, &prepared.take()?, external))
    }

    /// The same as a coroutine; nothing is sent before it is first awaited.
    fn call_prepared_async(
        &self,
        py: Python<'_>,
        prepared: &PreparedCall,
        identity: &identity::GivenIdentity,
    ) -> PyResult<Awaitable> {
        let identity = Some(identity.0.clone());
        Ok(Awaitable::new(self.in_background(py, prepared.take()?, identity)?))
    }

    /// Make one call as a coroutine; nothing is sent before it is first awaited.
    ///
    /// A response beyond 256 KiB comes as a callable that decodes it, for another thread.
    fn call_async(&self, operation_name: &str, params: &Bound<'_, PyDict>) -> PyResult<Awaitable> {
        let operation = self.operation(operation_name)?;
        let request = errors::guarded(params.py(), || self.request(operation, params))?;
        Ok(Awaitable::new(self.in_background(params.py(), request, None)?))
    }

    /// Start one call for a consumer without an event loop, with these keys if there are any.
    #[pyo3(signature = (prepared, identity=None))]
    fn call_pending(
        &self,
        py: Python<'_>,
        prepared: &PreparedCall,
        identity: Option<&Bound<'_, identity::GivenIdentity>>,
    ) -> PyResult<Pending> {
        let identity = identity.map(|identity| identity.get().0.clone());
        Ok(Pending::new(self.in_background(py, prepared.take()?, identity)?))
    }

    /// Close idle connections and abort asynchronous calls in flight. The engine stays usable.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| {
            self.blocking.close();
            self.background.close();
        });
        logging::flush(py)
    }

    /// Log what the engine works with, if somebody listens.
    fn log_settings(&self, py: Python<'_>) -> PyResult<()> {
        logging::listen(py)?;
        self.blocking.transport.settings.log();
        logging::flush(py)
    }
}

impl Engine {
    fn create(
        py: Python<'_>,
        service: &'static Service,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        // A number or a flag may be an object with methods in Python.
        let arguments = crossing::within(py, || options::arguments(options))?;
        let transport = Settings::resolve(service, arguments)
            .and_then(Transport::new)
            .map_err(|error| errors::exception(py, &error))?;
        let warnings = &transport.settings.warnings;
        if !warnings.is_empty() {
            static WARN: Imported = Imported::new("fastbedrock.config", "warn_of");
            crossing::call_function(py, &WARN, (warnings.clone(),))?;
        }
        let max_concurrency = crossing::within(py, || options::max_concurrency(options))?;
        let transport = Arc::new(transport);
        Ok(Engine {
            service,
            blocking: Blocking::new(transport.clone()),
            background: Arc::new(Background::new(transport, max_concurrency)),
        })
    }

    /// The keys that the engine itself finds and keeps.
    fn own_credentials(&self) -> Option<&Credentials> {
        match &self.blocking.transport.settings.auth {
            Auth::SigV4(credentials) => Some(credentials),
            _ => None,
        }
    }

    /// Makes the call on this thread. `external` is the identity where it comes from outside.
    fn run<'py>(
        &self,
        py: Python<'py>,
        request: &Request,
        external: Option<&Identity>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let operation = request.operation;
        let listening = Listening::begin(py, operation)?;
        let answer = py.detach(|| {
            listening.within(|| self.blocking.call(request, external, signals::watch()))
        });
        listening.end(py)?;
        let answer = answer.map_err(|stop| stop.into_exception(py))?;
        reply::response(py, self.service, operation, answer, |body, length| {
            if operation.output.event_stream().is_some() {
                let stream = EventStream::new(self.service, operation, body);
                return Ok(Bound::new(py, stream)?.into_any());
            }
            static STREAMING_BODY: Imported =
                Imported::new("fastbedrock.response", "StreamingBody");
            let raw = Bound::new(py, RawBody::new(body))?;
            crossing::call_function(py, &STREAMING_BODY, (raw, length))
        })
    }

    fn in_background(
        &self,
        py: Python<'_>,
        request: Request,
        external: Option<Identity>,
    ) -> PyResult<Call> {
        Ok(Call {
            background: self.background.clone(),
            service: self.service,
            operation: request.operation,
            listening: Listening::begin(py, request.operation)?,
            state: State::Prepared { request, external },
        })
    }

    fn operation(&self, name: &str) -> PyResult<&'static Operation> {
        let operation = self.service.operation(name).ok_or_else(|| {
            PyAttributeError::new_err(format!(
                "{} has no operation {name}",
                self.service.service_id
            ))
        })?;
        if operation.is_bidirectional() {
            return Err(PyNotImplementedError::new_err(format!(
                "{name} streams in both directions, which is not supported yet"
            )));
        }
        Ok(operation)
    }

    /// The fast path's request, or the slow path's.
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
        let (target, headers, body) = slow_path::prepare(self.service, operation, params)?;
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
