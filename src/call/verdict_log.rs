//! Logs attempts that did not succeed.

use crate::call::attempt::{Received, request_id};
use crate::call::error_code::error_code;
use crate::call::retry::{Attempts, Verdict};
use crate::error::Error;
use crate::log;

/// Logs what follows from an attempt that did not succeed, and why.
pub fn log_verdict(outcome: &Result<Received, Error>, verdict: Verdict, attempts: &Attempts<'_>) {
    let code;
    let cause = match outcome {
        Ok(Received { head, .. }) if head.status.as_u16() < 300 => return,
        Ok(Received { head, payload }) => {
            let status = head.status.as_u16();
            let protocol = attempts.operation().protocol;
            code = error_code(protocol, status, &head.headers, payload.bytes()).ok().flatten();
            let request_id = request_id(&head.headers);
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
