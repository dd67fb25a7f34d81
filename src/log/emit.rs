//! How an event is told. The functions for each logger are in the files beside this one.
//!
//! Texts that come from outside (a service's message, what a process wrote) are never part of an
//! event: they may quote a prompt, a token or a signature's canonical request. The exceptions have
//! them.

use std::time::SystemTime;

use super::background;
use super::current_call::current_call;
use super::event::{Event, Level, Value};
use crate::error::{Error, Kind};

pub type Fields = Vec<(&'static str, Value)>;

pub fn tell(level: Level, logger: &'static str, message: &'static str, fields: Fields) {
    let event = Event { logger, level, time: SystemTime::now(), message, fields };
    match current_call() {
        Some(call) => call.push(event),
        None => background::push(event),
    }
}

pub fn debug(logger: &'static str, message: &'static str, fields: Fields) {
    tell(Level::Debug, logger, message, fields);
}

/// For texts that name the operation. A call that began before somebody listened tells nothing.
pub fn debug_of_call(logger: &'static str, message: &'static str, fields: Fields) {
    if current_call().is_some() {
        debug(logger, message, fields);
    }
}

/// The HTTP library's or our own words for what went wrong, if there are any: ": …".
pub fn reason(error: &Error) -> String {
    match error.kind() {
        Kind::ConnectTimeout { error, .. }
        | Kind::EndpointConnection { error, .. }
        | Kind::Ssl { error, .. }
        | Kind::ProxyConnection { error, .. }
        | Kind::ReadTimeout { error, .. }
        | Kind::ConnectionClosed { error, .. }
        | Kind::HttpClient { error }
        | Kind::ResponseStreaming { error }
        | Kind::IncompleteBody { error, .. } => format!(": {error}"),
        _ => String::new(),
    }
}
