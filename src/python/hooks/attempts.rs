//! The attempts of a call whose events have handlers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING};
use http::uri::PathAndQuery;
use http::{Method, Request, Uri};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyTuple;

use super::exchange::{AsyncExchange, parts};
use super::failure::LastFailure;
use super::headers::{GivenHeaders, header_map};
use crate::call::client::Client;
use crate::call::connections::{authority, unsendable};
use crate::call::given_request::GivenRequest;
use crate::call::options::CallOptions;
use crate::call::retry::{Attempts, Failure, Outcome, Verdict};
use crate::call::verdict_log::log_verdict;
use crate::codec;
use crate::drive::background::Background;
use crate::drive::blocking;
use crate::error::Error;
use crate::http::request_body::RequestBody;
use crate::log;
use crate::model::{Operation, Service};
use crate::python::asyncio::coroutine::Coroutine;
use crate::python::background_call::BackgroundCall;
use crate::python::bodies::synchronous::RawBody;
use crate::python::logging::LoggedCall;
use crate::python::pending::Pending;
use crate::python::signals::{self, Stop};
use crate::python::{errors, options};

/// The attempts of one call whose events have handlers. Python makes them one after the other.
#[pyclass(module = "fastbedrock._core", frozen)]
pub struct CallAttempts {
    client: Arc<Client>,
    background: Arc<Background>,
    service: &'static Service,
    operation: &'static Operation,
    options: CallOptions,
    attempts: Mutex<Attempts>,
    failure: LastFailure,
    logged: Mutex<Option<LoggedCall>>,
}

/// The delay before the next attempt, in seconds, or None; what it took from the retry quota; and
/// whether no attempts are left, or no quota.
type Decision = (Option<f64>, Option<u32>, bool, bool);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CallAttempts {
    pub fn begin(
        py: Python<'_>,
        client: Arc<Client>,
        background: Arc<Background>,
        service: &'static Service,
        operation: &'static Operation,
        options: CallOptions,
    ) -> PyResult<Self> {
        let logged = LoggedCall::begin(py, operation)?;
        let attempts = logged.within(|| client.start(operation, &options));
        Ok(CallAttempts {
            client,
            background,
            service,
            operation,
            options,
            attempts: Mutex::new(attempts),
            failure: LastFailure::default(),
            logged: Mutex::new(Some(logged)),
        })
    }

    fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        match lock(&self.logged).as_ref().map(LoggedCall::part) {
            Some(part) => part.within(work),
            None => work(),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn given(
        &self,
        py: Python<'_>,
        method: &str,
        url: &str,
        headers: &GivenHeaders<'_>,
        body: PyBackedBytes,
        read_timeout: Option<&Bound<'_, PyAny>>,
        streams: bool,
    ) -> PyResult<GivenRequest> {
        let mut timeouts = self.options.timeouts;
        if let Some(limit) = read_timeout {
            timeouts.read = options::timeout("read_timeout", limit)?.0;
        }
        let mut headers = header_map(py, headers)?;
        let given = || {
            let unsendable = |error: &dyn std::fmt::Display| unsendable(error);
            let url = Uri::try_from(url).map_err(|error| unsendable(&error))?;
            // hyper frames the body by itself. It sends no length for an empty body, but boto3 does.
            let had_length = headers.remove(CONTENT_LENGTH).is_some();
            headers.remove(TRANSFER_ENCODING);
            if had_length && body.is_empty() {
                headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
            }
            let host = HeaderValue::try_from(authority(&url));
            headers.entry(HOST).or_insert(host.map_err(|error| unsendable(&error))?);
            let identity = HeaderValue::from_static("identity");
            headers.entry(ACCEPT_ENCODING).or_insert(identity);
            let body = RequestBody::from(codec::shared(body));
            let mut request = Box::new(Request::new(body));
            *request.method_mut() =
                Method::from_bytes(method.as_bytes()).map_err(|error| unsendable(&error))?;
            let target = url.path_and_query().cloned();
            *request.uri_mut() = target.unwrap_or(PathAndQuery::from_static("/")).into();
            *request.headers_mut() = headers;
            let max_attempts = self.options.max_attempts;
            Ok(GivenRequest { url, request, timeouts, streams, max_attempts })
        };
        given().map_err(|error| self.failure.keep(py, error))
    }

    fn exchange(&self, request: GivenRequest) -> AsyncExchange {
        AsyncExchange {
            background: self.background.clone(),
            service: self.service,
            operation: self.operation,
            logged: lock(&self.logged).get_or_insert_default().part(),
            failure: self.failure.clone(),
            state: BackgroundCall::Prepared(Box::new(request)),
        }
    }

    /// `failed` is the failure behind `outcome`, for the log.
    fn decide(&self, number: u32, outcome: Outcome<'_>, failed: Option<&Error>) -> Decision {
        let mut attempts = lock(&self.attempts);
        attempts.continue_at(number);
        let verdict = attempts.after(outcome, Instant::now());
        let logged = match (outcome, failed) {
            (Outcome::Response { status, headers, body }, _) => Some(Ok((status, headers, body))),
            (_, Some(error)) => Some(Err(error)),
            _ => None,
        };
        if let Some(outcome) = logged.filter(|_| log::is_on()) {
            self.within(|| log_verdict(outcome, verdict, &attempts));
        }
        let (delay, price) = match verdict {
            Verdict::Retry(delay) => (Some(delay.as_secs_f64()), attempts.price()),
            Verdict::Stop => (None, None),
        };
        (delay, price, attempts.max_attempts_reached(), attempts.quota_reached())
    }
}

#[pymethods]
impl CallAttempts {
    #[getter]
    fn invocation_id(&self) -> String {
        lock(&self.attempts).invocation_id().to_owned()
    }

    #[getter]
    fn max_attempts(&self) -> u32 {
        self.options.max_attempts
    }

    /// Whether the retry rules are those of legacy mode.
    #[getter]
    fn is_legacy(&self) -> bool {
        lock(&self.attempts).is_legacy()
    }

    /// Note in the log that an attempt begins.
    fn started(&self, number: u32) {
        self.within(|| log::attempt_started(number));
    }

    /// How many seconds to wait before asking again; 0 if an attempt may be made now.
    fn rate_limit_delay(&self) -> f64 {
        let delay = self.client.rate_limit_delay();
        if !delay.is_zero() {
            self.within(|| log::rate_limited(delay));
        }
        delay.as_secs_f64()
    }

    /// Send one request. Returns status, headers and body. The body is bytes, or a RawBody if the
    /// operation streams.
    #[pyo3(signature = (method, url, headers, body, read_timeout, streams))]
    #[allow(clippy::too_many_arguments)]
    fn send<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        url: &str,
        headers: GivenHeaders<'py>,
        body: PyBackedBytes,
        read_timeout: Option<&Bound<'py, PyAny>>,
        streams: bool,
    ) -> PyResult<Bound<'py, PyTuple>> {
        errors::guarded(py, || {
            let given = self.given(py, method, url, &headers, body, read_timeout, streams)?;
            let logged = lock(&self.logged).get_or_insert_default().part();
            let response = py.detach(|| {
                logged.within(|| blocking::exchange(&self.client, &given, signals::watch()))
            });
            logged.flush(py, None)?;
            let response = response.map_err(|stop| match stop {
                Stop::Failed(error) => self.failure.keep(py, error),
                stop @ Stop::Interrupted(_) => stop.into_exception(py),
            })?;
            parts(py, response, |body| Ok(Bound::new(py, RawBody::new(body))?.into_any()))
        })
    }

    /// `send` as a coroutine. Instead of a RawBody, the body is an AsyncEventStream or AsyncRawBody.
    #[pyo3(signature = (method, url, headers, body, read_timeout, streams))]
    #[allow(clippy::too_many_arguments)]
    fn send_async(
        &self,
        py: Python<'_>,
        method: &str,
        url: &str,
        headers: GivenHeaders<'_>,
        body: PyBackedBytes,
        read_timeout: Option<&Bound<'_, PyAny>>,
        streams: bool,
    ) -> PyResult<Coroutine> {
        let given = self.given(py, method, url, &headers, body, read_timeout, streams)?;
        Ok(Coroutine::new(self.exchange(given)))
    }

    /// `send_async` for a consumer without an event loop.
    #[pyo3(signature = (method, url, headers, body, read_timeout, streams))]
    #[allow(clippy::too_many_arguments)]
    fn send_pending(
        &self,
        py: Python<'_>,
        method: &str,
        url: &str,
        headers: GivenHeaders<'_>,
        body: PyBackedBytes,
        read_timeout: Option<&Bound<'_, PyAny>>,
        streams: bool,
    ) -> PyResult<Pending> {
        let given = self.given(py, method, url, &headers, body, read_timeout, streams)?;
        Ok(Pending::new(self.exchange(given)))
    }

    /// What the retry rules say after a response to attempt `number`: the delay before the next
    /// attempt in seconds, or None; what it took from the retry quota; whether no attempts are
    /// left; whether no quota is left.
    fn after_response(
        &self,
        py: Python<'_>,
        number: u32,
        status: u16,
        headers: GivenHeaders<'_>,
        body: &[u8],
    ) -> PyResult<Decision> {
        let headers = header_map(py, &headers)?;
        Ok(self.decide(number, Outcome::Response { status, headers: &headers, body }, None))
    }

    /// What the retry rules say after attempt `number` got no response. `failure` tells whether
    /// botocore calls the exception transient, whether its cause is unknown, and whether the model
    /// may have run. None stands for the exception that the last `send` has raised.
    #[pyo3(signature = (number, failure=None))]
    fn after_failure(&self, number: u32, failure: Option<(bool, bool, bool)>) -> Decision {
        if let Some((transient, unclassified, may_have_run)) = failure {
            let failure = Failure { transient, unclassified, may_have_run };
            return self.decide(number, Outcome::Failure(failure), None);
        }
        let last = self.failure.last();
        match &last {
            // As in an ordinary call: errors raised before anything is sent are final.
            Some(error) if !error.is_transient() => (None, None, false, false),
            Some(error) => self.decide(number, Outcome::Failure(error.into()), last.as_ref()),
            None => (None, None, false, false),
        }
    }

    /// Make the log's last records, because the call has ended.
    fn end(&self, py: Python<'_>) -> PyResult<()> {
        let logged = lock(&self.logged).take();
        logged.map_or(Ok(()), |logged| logged.end(py))
    }
}
