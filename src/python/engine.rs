//! `Engine`: the Rust side of one Python client.

use std::sync::Arc;
use std::time::Duration;

use pyo3::exceptions::{PyAttributeError, PyNotImplementedError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::async_call::{AsyncCall, DECODE_ELSEWHERE, offer_gil};
use super::asyncio::coroutine::Coroutine;
use super::credentials::identity;
use super::credentials::lookup::CredentialsLookup;
use super::environment::Environment;
use super::hooks::attempts::CallAttempts;
use super::hooks::headers::GivenHeaders;
use super::hooks::parse;
use super::interpreter::imported::Imported;
use super::interpreter::python_calls;
use super::logging::LoggedCall;
use super::pending::Pending;
use super::prepared::{Prepared, prepare};
use super::signals::{self, Stop};
use super::{errors, logging, models, options, sync_call};
use crate::call::client::Client;
use crate::call::options::CallOptions;
use crate::call::prepared::PreparedCall;
use crate::call::presign;
use crate::codec;
use crate::config::auth::Auth;
use crate::config::settings::Settings;
use crate::credentials::{CredentialsCache, Identity};
use crate::drive::background::Background;
use crate::drive::blocking;
use crate::model::{Operation, Service};

/// The Rust side of one client: resolved settings, credentials, connections.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct Engine {
    service: &'static Service,
    client: Arc<Client>,
    background: Arc<Background>,
    /// The options of the calls. Engines with other options can share the rest.
    options: CallOptions,
}

#[pymethods]
impl Engine {
    /// `model_key` is the key of the service's model; see `Service::find`. `environment` is that of
    /// a client with the same options, if it has been read already.
    #[new]
    #[pyo3(signature = (model_key, options, environment=None))]
    fn new(
        py: Python<'_>,
        model_key: &str,
        options: &Bound<'_, PyDict>,
        environment: Option<&Bound<'_, Environment>>,
    ) -> PyResult<Self> {
        let service = models::service(model_key)?;
        match environment {
            Some(environment) => {
                errors::guarded(py, || Engine::create(py, service, options, environment.get()))
            }
            None => {
                let environment = Environment::new(py, options)?;
                errors::guarded(py, || Engine::create(py, service, options, &environment))
            }
        }
    }

    #[getter]
    fn region_name(&self) -> &str {
        &self.client.settings.region
    }

    #[getter]
    fn endpoint_url(&self) -> &str {
        &self.client.target.endpoint.url
    }

    #[getter]
    fn partition(&self) -> &'static str {
        self.client.settings.partition
    }

    /// The settings in effect, under the names of botocore's Config. Timeouts are in seconds.
    #[getter]
    fn settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        options::in_effect(py, &self.client.settings)
    }

    /// What Python must provide before each call: "keys" from `credentials=`, or "token" from the
    /// `auth_token` of a botocore session. None if the engine finds the identity itself.
    #[getter]
    fn external(&self) -> Option<&'static str> {
        match self.client.target.auth {
            Auth::External(_) => Some("keys"),
            Auth::ExternalBearer => Some("token"),
            _ => None,
        }
    }

    /// Whether fetching the credentials may require MFA codes from the user.
    #[getter]
    fn asks_for_codes(&self) -> bool {
        self.own_credentials().is_some_and(CredentialsCache::asks_for_codes)
    }

    /// The MFA devices whose codes are needed now to fetch the credentials.
    fn wanted_codes(&self) -> Vec<String> {
        self.own_credentials().map(CredentialsCache::wanted_codes).unwrap_or_default()
    }

    /// Pass the codes of the devices that `wanted_codes` has returned, in the same order.
    fn give_codes(&self, codes: Vec<String>) {
        if let Some(credentials) = self.own_credentials() {
            credentials.give_codes(codes);
        }
    }

    /// The identity that the engine finds itself: access_key, secret_key, token, method,
    /// account_id; None if there is none.
    fn credentials<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        errors::guarded(py, || {
            logging::update_level(py)?;
            let found = py.detach(|| blocking::identity(&self.client, signals::watch()));
            logging::flush(py)?;
            match found {
                Ok(Some(found)) => identity::dict(py, &found).map(Some),
                Ok(None) => Ok(None),
                Err(Stop::Failed(error)) if error.is_no_credentials() => Ok(None),
                Err(stop) => Err(stop.into_exception(py)),
            }
        })
    }

    /// `credentials` for a consumer without an event loop. A lookup that is dropped continues only
    /// if other consumers wait for it.
    fn credentials_pending(&self, py: Python<'_>) -> PyResult<Pending> {
        logging::update_level(py)?;
        Ok(Pending::new(CredentialsLookup::new(self.own_credentials().cloned())))
    }

    /// Make one call (AWS's operation name) and return its response.
    fn call<'py>(
        &self,
        py: Python<'py>,
        operation_name: &str,
        params: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let operation = self.operation(operation_name)?;
        errors::guarded(py, || {
            let call = prepare(self.service, operation, params)?;
            self.send_and_parse(py, &call, None)
        })
    }

    /// Encode a call's parameters (AWS's operation name). Nothing is sent.
    fn prepare(&self, operation_name: &str, params: &Bound<'_, PyDict>) -> PyResult<Prepared> {
        let operation = self.operation(operation_name)?;
        errors::guarded(params.py(), || prepare(self.service, operation, params)).map(Prepared::new)
    }

    /// Make a prepared call, with this identity if one is given, and return its response.
    #[pyo3(signature = (prepared, identity=None))]
    fn call_prepared<'py>(
        &self,
        py: Python<'py>,
        prepared: &Prepared,
        identity: Option<&Bound<'_, identity::GivenIdentity>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let identity = identity.map(|identity| &identity.get().0);
        errors::guarded(py, || self.send_and_parse(py, &prepared.take()?, identity))
    }

    /// Make a prepared call as a coroutine; nothing is sent before the coroutine is first awaited.
    fn call_prepared_async(
        &self,
        py: Python<'_>,
        prepared: &Prepared,
        identity: &identity::GivenIdentity,
    ) -> PyResult<Coroutine> {
        let identity = Some(identity.0.clone());
        Ok(Coroutine::new(self.in_background(py, prepared.take()?, identity)?))
    }

    /// Make one call as a coroutine; nothing is sent before the coroutine is first awaited.
    ///
    /// If the body has 256 KiB or more, the result is a callable that decodes it, on any thread.
    fn call_async(&self, operation_name: &str, params: &Bound<'_, PyDict>) -> PyResult<Coroutine> {
        let operation = self.operation(operation_name)?;
        let call = errors::guarded(params.py(), || prepare(self.service, operation, params))?;
        Ok(Coroutine::new(self.in_background(params.py(), call, None)?))
    }

    /// Start a prepared call for a consumer without an event loop, with this identity if one is
    /// given.
    #[pyo3(signature = (prepared, identity=None))]
    fn call_pending(
        &self,
        py: Python<'_>,
        prepared: &Prepared,
        identity: Option<&Bound<'_, identity::GivenIdentity>>,
    ) -> PyResult<Pending> {
        let identity = identity.map(|identity| identity.get().0.clone());
        Ok(Pending::new(self.in_background(py, prepared.take()?, identity)?))
    }

    /// The URL of a prepared call's request, without a signature.
    fn unsigned_url(&self, py: Python<'_>, prepared: &Prepared) -> PyResult<String> {
        prepared.read(|call| {
            presign::unsigned_url(call, &self.client.target)
                .map_err(|error| errors::exception(py, &error))
        })
    }

    /// The URL of a prepared call with this query, signed for so many seconds; `method` replaces
    /// the operation's HTTP method.
    #[pyo3(signature = (prepared, identity, query, expires_in, method=None))]
    fn presigned_url(
        &self,
        py: Python<'_>,
        prepared: &Prepared,
        identity: &Bound<'_, identity::GivenIdentity>,
        query: &str,
        expires_in: u64,
        method: Option<&str>,
    ) -> PyResult<String> {
        let (target, identity) = (&self.client.target, &identity.get().0);
        let expires_in = Duration::from_secs(expires_in);
        prepared.read(|call| {
            presign::presigned_url(call, target, identity, method, query, expires_in)
                .map_err(|error| errors::exception(py, &error))
        })
    }

    /// `credentials` as a coroutine; its value is False if there are none.
    fn credentials_async(&self, py: Python<'_>) -> PyResult<Coroutine> {
        logging::update_level(py)?;
        Ok(Coroutine::new(CredentialsLookup::new(self.own_credentials().cloned())))
    }

    /// The bearer token that the engine finds itself, if requests are authenticated with one.
    fn bearer_token(&self) -> Option<&str> {
        match &self.client.target.auth {
            Auth::Bearer(token) => Some(token),
            _ => None,
        }
    }

    /// Begin the attempts of a call whose events have handlers.
    fn attempts(&self, py: Python<'_>, operation_name: &str) -> PyResult<CallAttempts> {
        let operation = self.operation(operation_name)?;
        let (client, background) = (self.client.clone(), self.background.clone());
        CallAttempts::begin(py, client, background, self.service, operation, self.options.clone())
    }

    /// The dict of a response whose parts handlers of events have seen. An error response raises
    /// nothing. The body is bytes, or the stream of an operation that streams.
    fn parse_response<'py>(
        &self,
        operation_name: &str,
        status: u16,
        headers: GivenHeaders<'py>,
        body: &Bound<'py, PyAny>,
        is_async: bool,
    ) -> PyResult<Bound<'py, PyDict>> {
        let operation = self.operation(operation_name)?;
        let background = is_async.then_some(&*self.background);
        let parse = || parse::parse(self.service, operation, status, &headers, body, background);
        let is_large =
            body.cast::<PyBytes>().is_ok_and(|body| body.as_bytes().len() >= DECODE_ELSEWHERE);
        errors::guarded(body.py(), || match is_async && is_large {
            true => codec::pausing(offer_gil, parse),
            false => parse(),
        })
    }

    /// Close idle connections and abort asynchronous calls in flight. The engine stays usable.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.background.close());
        logging::flush(py)
    }

    /// Log the settings in effect, if logging is on.
    fn log_settings(&self, py: Python<'_>) -> PyResult<()> {
        logging::update_level(py)?;
        self.client.settings.log();
        logging::flush(py)
    }
}

impl Engine {
    fn create(
        py: Python<'_>,
        service: &'static Service,
        options: &Bound<'_, PyDict>,
        read: &Environment,
    ) -> PyResult<Self> {
        let session_credentials = options::session_credentials(options)?;
        let client = Settings::resolve_within(
            service,
            &read.arguments,
            session_credentials.as_ref(),
            &read.environment,
            read.region_name.as_deref(),
        )
        .and_then(Client::new)
        .map_err(|error| errors::exception(py, &error))?;
        let warnings = &client.settings.warnings;
        if !warnings.is_empty() {
            static WARN: Imported = Imported::new("fastbedrock._warnings", "warn_of");
            python_calls::call_function(py, &WARN, (warnings.clone(),))?;
        }
        let max_concurrency = options::max_concurrency(options)?;
        let client = Arc::new(client);
        let background = Arc::new(Background::new(client.clone(), max_concurrency));
        let options = client.options();
        Ok(Engine { service, client, background, options })
    }

    /// The credentials that the engine finds and caches itself.
    fn own_credentials(&self) -> Option<&CredentialsCache> {
        match &self.client.target.auth {
            Auth::SigV4(credentials) => Some(credentials),
            _ => None,
        }
    }

    fn send_and_parse<'py>(
        &self,
        py: Python<'py>,
        call: &PreparedCall,
        identity: Option<&Identity>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let Engine { service, client, options, .. } = self;
        sync_call::send_and_parse(py, client, service, call, options, identity)
    }

    fn in_background(
        &self,
        py: Python<'_>,
        call: PreparedCall,
        identity: Option<Identity>,
    ) -> PyResult<AsyncCall> {
        let logged = LoggedCall::begin(py, call.operation)?;
        Ok(AsyncCall::new(
            self.background.clone(),
            self.service,
            call,
            self.options.clone(),
            identity,
            logged,
        ))
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
}
