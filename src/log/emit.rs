//! Emits events. The functions for each logger are in the other files of this folder.
//!
//! Texts that come from outside (the message of a service, the output of a process) are never part
//! of an event: they may quote a prompt, a token or the canonical request of a signature.
//! Exceptions do contain these texts.

use std::time::SystemTime;

use super::background;
use super::current_call::current_call;
use super::event::{Event, Level, Value};
use crate::error::{Error, Kind};

pub type Fields = Vec<(&'static str, Value)>;

pub fn emit(level: Level, logger: &'static str, message: &'static str, fields: Fields) {
    let event = Event { logger, level, time: SystemTime::now(), message, fields };
    match current_call() {
        Some(call) => call.push(event),
        None => background::push(event),
    }
}

pub fn debug(logger: &'static str, message: &'static str, fields: Fields) {
    emit(Level::Debug, logger, message, fields);
}

/// For messages that name the operation. A call that began while events were not kept emits none.
pub fn debug_of_call(logger: &'static str, message: &'static str, fields: Fields) {
    if current_call().is_some() {
        debug(logger, message, fields);
    }
}

/// The text of a connection error after a colon. Empty for other errors, because their texts may
/// come from outside.
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
