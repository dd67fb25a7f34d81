//! Logs attempts that did not succeed.

use http::HeaderMap;

use crate::call::attempt::request_id;
use crate::call::error_code::error_code;
use crate::call::retry::{Attempts, Verdict};
use crate::error::Error;
use crate::log;

/// Logs what follows from an attempt that did not succeed, and why. A response is its status, its
/// headers and its body.
pub fn log_verdict(
    outcome: Result<(u16, &HeaderMap, &[u8]), &Error>,
    verdict: Verdict,
    attempts: &Attempts,
) {
    let code;
    let cause = match outcome {
        Ok((..300, _, _)) => return,
        Ok((status, headers, body)) => {
            let protocol = attempts.operation().protocol;
            code = error_code(protocol, status, headers, body).ok().flatten();
            let request_id = request_id(headers);
            log::Cause::Response { code: code.as_deref(), status, request_id }
        }
        Err(error) => {
            log::attempt_failed(error);
            log::Cause::Failure(error)
        }
    };
    let why = match verdict {
        Verdict::Retry(delay) => return log::retrying(&cause, delay),
        Verdict::Stop if attempts.quota_reached() => "the retry quota is used up",
        Verdict::Stop if attempts.max_attempts_reached() => "no attempts are left",
        Verdict::Stop => match outcome {
            Err(error) if error.may_have_run() => "the model may have run",
            _ => "another attempt would not help",
        },
    };
    log::not_retrying(&cause, why);
}
