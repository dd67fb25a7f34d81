//! The Python class of the local Bedrock. It exchanges JSON, which `fastbedrock.local` converts
//! from and to Python objects.

use std::io::ErrorKind;
use std::time::Duration;

use pyo3::exceptions::{PyEOFError, PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::local::{NoRequest, Options, Server};

/// The arguments of `fastbedrock.local.serve`, as a dict.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct ServerOptions {
    host: String,
    port: u16,
    tls: bool,
    workers: usize,
    allowed_hosts: Vec<String>,
    max_connections: usize,
    /// In seconds.
    idle_timeout: Option<f64>,
}

#[pyclass(module = "fastbedrock._core", frozen)]
pub struct LocalServer {
    server: Server,
}

#[pymethods]
impl LocalServer {
    #[new]
    fn new(py: Python<'_>, options: ServerOptions) -> PyResult<Self> {
        let idle_timeout = options.idle_timeout.map(Duration::try_from_secs_f64).transpose();
        let options = Options {
            host: options.host,
            port: options.port,
            tls: options.tls,
            workers: options.workers,
            scenario: None,
            allowed_hosts: options.allowed_hosts,
            max_connections: options.max_connections,
            idle_timeout: idle_timeout.map_err(|error| PyValueError::new_err(error.to_string()))?,
        };
        let started = py.detach(|| Server::start(&options));
        let server = started.map_err(|error| match (error.kind(), error.raw_os_error()) {
            (ErrorKind::InvalidInput, _) => PyValueError::new_err(error.to_string()),
            (_, Some(number)) => {
                let text = error.to_string();
                let words = text.split(" (os error").next().unwrap_or_default().to_owned();
                // Python picks the subclass of OSError for the number, e.g. PermissionError.
                PyOSError::new_err((number, words, options.address()))
            }
            (_, None) => PyOSError::new_err(format!("{error}: {}", options.address())),
        })?;
        Ok(LocalServer { server })
    }

    #[getter]
    fn endpoint_url(&self) -> String {
        self.server.endpoint_url()
    }

    #[getter]
    fn authority_pem(&self) -> Option<&str> {
        self.server.authority_pem()
    }

    fn control(&self, py: Python<'_>, method: &str, name: &str, body: &str) -> PyResult<String> {
        py.detach(|| self.server.control(method, name, body.as_bytes()))
            .map_err(PyValueError::new_err)
    }

    fn set_callable(&self, callable: bool) {
        self.server.set_callable(callable);
    }

    /// The id and the JSON of the next request that waits for a callable. Blocks without the GIL.
    /// Returns None after `timeout` seconds; raises EOFError once the server is closed.
    fn next_request(&self, py: Python<'_>, timeout: f64) -> PyResult<Option<(u64, String)>> {
        let timeout = Duration::try_from_secs_f64(timeout)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        match py.detach(|| self.server.next_callable_request(timeout)) {
            Ok(request) => Ok(Some((request.id, request.json))),
            Err(NoRequest::TimedOut) => Ok(None),
            Err(NoRequest::Closed) => Err(PyEOFError::new_err("the server is closed")),
        }
    }

    /// Responds to a request of `next_request` with a reply as JSON, or with the text of an error.
    #[pyo3(signature = (id, reply, error=None))]
    fn respond(&self, id: u64, reply: String, error: Option<String>) {
        self.server.respond(id, error.map_or(Ok(reply), Err));
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.server.close());
    }
}
