//! The options of a server.

use std::time::Duration;

/// How a server listens, and what it accepts.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to bind, e.g. `127.0.0.1`.
    pub host: String,
    /// 0: any free port.
    pub port: u16,
    pub tls: bool,
    /// The number of threads; one is enough for tests.
    pub workers: usize,
    /// The settings, as JSON (`docs/local.md`).
    pub scenario: Option<String>,
    /// Host names and addresses that requests may name, besides loopback and `host`; `*` allows
    /// any.
    pub allowed_hosts: Vec<String>,
    /// The largest number of connections; others are refused.
    pub max_connections: usize,
    /// How long a client may take to send a request, counted from the end of the previous response.
    /// The request's body may take that long again. After that the connection is closed.
    pub idle_timeout: Option<Duration>,
}

impl Options {
    /// Host and port, for errors.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            host: "127.0.0.1".to_owned(),
            port: 0,
            tls: false,
            workers: 1,
            scenario: None,
            allowed_hosts: Vec::new(),
            max_connections: 4096,
            idle_timeout: Some(Duration::from_secs(60)),
        }
    }
}
