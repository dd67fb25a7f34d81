//! The events of the retrieval of credentials.

use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::emit::{debug, emit};
use super::event::Level;
use super::filter::{is_on, is_wanted};
use crate::error::Error;

const CREDENTIALS: &str = "fastbedrock.credentials";

/// A service that returns credentials has responded.
pub fn identity_service_responded(host: &str, status: u16, request_id: Option<&str>) {
    if is_on() {
        debug(
            CREDENTIALS,
            "%(host)s answered with status %(status)d, request id %(aws_request_id)s",
            vec![
                ("host", host.into()),
                ("status", u32::from(status).into()),
                ("aws_request_id", request_id.unwrap_or("unknown").into()),
            ],
        );
    }
}

/// A service that returns credentials cannot be reached, or does not respond in time.
pub fn identity_service_failed(host: &str) {
    if is_on() {
        let fields = vec![("host", host.into())];
        debug(CREDENTIALS, "%(host)s did not answer in time, or could not be reached", fields);
    }
}

/// Instance metadata returned no credentials. This is not an error: many machines have none.
pub fn no_instance_metadata(reason: &str) {
    if is_on() {
        let fields = vec![("reason", reason.into())];
        debug(CREDENTIALS, "Instance metadata gave no credentials: %(reason)s", fields);
    }
}

/// The credentials of a source are about to be retrieved.
pub fn retrieving_credentials(method: &'static str) {
    if is_on() {
        let text = match method {
            "none" => "No credentials are configured, and instance metadata is disabled",
            _ => "Looking for credentials by %(credential_method)s",
        };
        debug(CREDENTIALS, text, vec![("credential_method", method.into())]);
    }
}

/// A call waits because there are no valid credentials.
pub fn waiting_for_credentials(method: &'static str) {
    if is_on() {
        debug(
            CREDENTIALS,
            "Waiting for credentials by %(credential_method)s",
            vec![("credential_method", method.into())],
        );
    }
}

/// The retrieval succeeded.
pub fn credentials_found(method: &'static str, expires: Option<SystemTime>) {
    if is_on() {
        let valid = expires.map_or_else(|| "they do not expire".to_owned(), until);
        debug(
            CREDENTIALS,
            "Found credentials by %(credential_method)s: %(validity)s",
            vec![("credential_method", method.into()), ("validity", valid.into())],
        );
    }
}

/// The retrieval failed. If other credentials are in use, `in_use` is when they expire. They are
/// used until then, so that no call reports the failure.
pub fn credentials_failed(method: &'static str, error: &Error, in_use: Option<SystemTime>) {
    let mut fields =
        vec![("credential_method", method.into()), ("error", error.class_name().into())];
    match in_use {
        Some(expires) if is_wanted(Level::Warning) => {
            fields.push(("validity", until(expires).into()));
            emit(
                Level::Warning,
                CREDENTIALS,
                "Refreshing the credentials by %(credential_method)s failed (%(error)s); those in \
                 use stay in use: %(validity)s",
                fields,
            );
        }
        None if is_on() => {
            debug(CREDENTIALS, "Found no credentials by %(credential_method)s: %(error)s", fields);
        }
        _ => {}
    }
}

fn until(time: SystemTime) -> String {
    let time = DateTime::from(time).fmt(Format::DateTime).unwrap_or_default();
    format!("they expire at {time}")
}
