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
use super::logging::Listening;
use super::raw_body::RawBody;
use super::signals::{self, Stop};
use super::{errors, identity, logging, options, reply, slow};
use crate::codec;
use crate::model::{Operation, Service};
use crate::transport::background::Background;
use crate::transport::blocking::Blocking;
use crate::transport::call::{Request, Transport};
use crate::transport::settings::Settings;

/// What one client works with: resolved settings, identity, connections.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct Engine {
    service: &'static Service,
    blocking: Blocking,
    background: Arc<Background>,
    /// `credentials=`: asked before each call.
    credentials: Option<Py<PyAny>>,
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
        let max_concurrency = options.get_item("max_concurrency")?;
        let max_concurrency = max_concurrency.map(|limit| limit.extract()).transpose()?;
        let transport = Arc::new(transport);
        let credentials = options.get_item("credentials")?.filter(|source| !source.is_none());
        Ok(Engine {
            service,
            blocking: Blocking::new(transport.clone()),
            background: Arc::new(Background::new(transport, max_concurrency)),
            credentials: credentials.map(Bound::unbind),
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

    /// The identity in effect: access_key, secret_key, token, method; None where none is found.
    fn credentials<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        if let Some(source) = &self.credentials {
            let found = identity::find(source.bind(py))?;
            return found.map(|identity| identity::dict(py, &identity)).transpose();
        }
        logging::listen(py)?;
        let found = py.detach(|| self.blocking.identity(signals::watch()));
        logging::flush(py)?;
        match found {
            Ok(Some(found)) => identity::dict(py, &found).map(Some),
            Ok(None) => Ok(None),
            Err(Stop::Failed(error)) if error.is_no_credentials() => Ok(None),
            Err(stop) => Err(stop.into_exception(py)),
        }
    }

    /// Make one call (AWS's operation name) and return its response.
    fn call<'py>(
        &self,
        py: Python<'py>,
        operation_name: &str,
        params: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let operation = self.operation(operation_name)?;
        let request = self.request(operation, params)?;
        let external =
            self.credentials.as_ref().map(|source| identity::ask(source.bind(py))).transpose()?;
        let listening = Listening::begin(py, operation)?;
        let answer = py.detach(|| {
            listening.within(|| self.blocking.call(&request, external.as_ref(), signals::watch()))
        });
        listening.end(py)?;
        let answer = answer.map_err(|stop| stop.into_exception(py))?;
        reply::response(py, self.service, operation, answer, |body, length| {
            if operation.output.event_stream().is_some() {
                let stream = EventStream::new(self.service, operation, body);
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
        py: Python<'_>,
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
            listening: Listening::begin(py, operation)?,
            state: State::Prepared { request, external },
        }))
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

    /// What `credentials=` belongs to may well hold the client.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.credentials)
    }
}

impl Engine {
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
