//! What legacy mode retries: a short list of statuses, and error codes that count only with status
//! 400. Legacy mode treats all reasons alike.

use crate::call::retry::failure::Failure;
use crate::call::retry::reason::RetryReason;

const STATUSES: [u16; 6] = [429, 500, 502, 503, 504, 509];

const CODES: [&str; 5] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "ProvisionedThroughputExceededException",
];

/// Why an error response is worth a retry.
pub(super) fn reason(status: u16, code: Option<&str>) -> Option<RetryReason> {
    let retryable = STATUSES.contains(&status)
        || status == 400 && code.is_some_and(|code| CODES.contains(&code));
    retryable.then_some(RetryReason::Transient)
}

/// Why a failure is worth a retry.
pub(super) fn reason_of_failure(failure: Failure) -> Option<RetryReason> {
    (failure.transient && !failure.unclassified).then_some(RetryReason::Transient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::retry::reference;

    #[test]
    fn reasons_match_botocores() {
        reference::assert_reasons("legacy", "Converse", |status, code| reason(status, Some(code)));
    }

    #[test]
    fn without_a_code_the_status_decides() {
        assert_eq!(reason(509, None), Some(RetryReason::Transient));
        assert_eq!(reason(400, None), None);
    }
}
