//! What legacy mode retries: a short list of statuses, and codes that count with a 400 only. All
//! causes are alike to it.

use super::Cause;
use crate::error::Error;

const STATUSES: [u16; 6] = [429, 500, 502, 503, 504, 509];

const CODES: [&str; 5] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "ProvisionedThroughputExceededException",
];

/// Why an answer is worth a retry.
pub(super) fn cause(status: u16, code: Option<&str>) -> Option<Cause> {
    let retryable = STATUSES.contains(&status)
        || status == 400 && code.is_some_and(|code| CODES.contains(&code));
    retryable.then_some(Cause::Transient)
}

/// Why a failure is worth a retry.
pub(super) fn cause_of_failure(error: &Error) -> Option<Cause> {
    (error.is_transient() && !error.is_unclassified()).then_some(Cause::Transient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::retry::reference;

    #[test]
    fn causes_are_botocores() {
        reference::assert_causes("legacy", "Converse", |status, code| cause(status, Some(code)));
    }

    #[test]
    fn without_a_code_the_status_decides() {
        assert_eq!(cause(509, None), Some(Cause::Transient));
        assert_eq!(cause(400, None), None);
    }
}
