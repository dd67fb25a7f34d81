//! The options of one call.

use http::header::{HeaderName, HeaderValue};

use crate::config::settings::Settings;
use crate::http::exchange::Timeouts;

/// The options of one call. Their defaults are the client's settings.
#[derive(Debug, Clone)]
pub struct CallOptions {
    /// The timeouts of each attempt.
    pub timeouts: Timeouts,
    /// The total number of attempts, including the first one.
    pub max_attempts: u32,
    /// Sent and signed with the operation's headers. They replace headers of the same name.
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
