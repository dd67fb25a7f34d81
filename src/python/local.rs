//! The local Bedrock's Python face. JSON crosses here, `fastbedrock.local` gives it Python's shape.

use std::io::ErrorKind;
use std::time::Duration;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::local::{Options, Server};

/// `serve`'s arguments, as a dict.
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
                // Python makes the subclass that belongs to the number, e.g. PermissionError.
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

    /// Blocks, without the GIL, until a request waits for a callable: its number and its JSON.
    /// None after `timeout` seconds; StopIteration's cousin, an EOFError, once the server closed.
    fn next_request(&self, py: Python<'_>, timeout: f64) -> PyResult<Option<(u64, String)>> {
        let timeout = Duration::try_from_secs_f64(timeout)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        match py.detach(|| self.server.next_question(timeout)) {
            Ok(question) => Ok(Some((question.id, question.request))),
            Err(true) => Ok(None),
            Err(false) => Err(pyo3::exceptions::PyEOFError::new_err("the server is closed")),
        }
    }

    /// Answers a request of `next_request`: with its reply as JSON, or with what went wrong.
    #[pyo3(signature = (number, reply, error=None))]
    fn respond(&self, number: u64, reply: String, error: Option<String>) {
        self.server.answer(number, error.map_or(Ok(reply), Err));
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.server.close());
    }
}
