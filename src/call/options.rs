//! How one call is made.

use http::header::{HeaderName, HeaderValue};

use crate::config::settings::Settings;
use crate::http::exchange::Timeouts;

/// How one call is made. The client's settings give the defaults; a call may have its own.
#[derive(Debug, Clone)]
pub struct CallOptions {
    /// For each attempt.
    pub timeouts: Timeouts,
    /// Attempts in total, the first one included.
    pub max_attempts: u32,
    /// Sent and signed with the headers of the call. They replace headers of the same name.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl CallOptions {
    pub fn new(settings: &Settings) -> Self {
        CallOptions {
            timeouts: Timeouts { connect: settings.connect_timeout, read: settings.read_timeout },
            max_attempts: settings.max_attempts(),
            headers: Vec::new(),
        }
    }
}
