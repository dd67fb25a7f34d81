//! What standard and adaptive mode retry.

use crate::call::retry::failure::Failure;
use crate::call::retry::reason::RetryReason;
use crate::model::Operation;

const TRANSIENT_STATUSES: [u16; 4] = [500, 502, 503, 504];
const THROTTLING_STATUS: u16 = 429;

const TRANSIENT_CODES: [&str; 3] =
    ["RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"];

const THROTTLING_CODES: [&str; 14] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];

/// Why an error response is worth a retry. A throttling code takes precedence over the `retryable`
/// trait in the model. The trait takes precedence over the status and over a transient code.
pub(super) fn reason(
    operation: &Operation,
    status: u16,
    code: Option<&str>,
) -> Option<RetryReason> {
    if code.is_some_and(|code| THROTTLING_CODES.contains(&code)) {
        return Some(RetryReason::Throttling);
    }
    let modelled = operation.errors.iter().find(|shape| Some(shape.name) == code);
    let retryable = modelled.and_then(|shape| shape.error.as_ref()?.retryable_throttling);
    if let Some(throttling) = retryable {
        return Some(if throttling { RetryReason::Throttling } else { RetryReason::Transient });
    }
    if status == THROTTLING_STATUS && modelled.is_none() {
        return Some(RetryReason::Throttling);
    }
    let transient = TRANSIENT_STATUSES.contains(&status)
        || code.is_some_and(|code| TRANSIENT_CODES.contains(&code));
    transient.then_some(RetryReason::Transient)
}

/// Why a failure is worth a retry.
pub(super) fn reason_of_failure(failure: Failure) -> Option<RetryReason> {
    failure.transient.then_some(RetryReason::Transient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::retry::reference;
    use crate::model::Service;

    #[test]
    fn reasons_match_botocores() {
        for name in ["Converse", "ApplyGuardrail"] {
            let operation = reference::operation(name);
            reference::assert_reasons("standard", name, |status, code| {
                reason(operation, status, Some(code))
            });
        }
    }

    #[test]
    fn reasons_of_the_errors_of_every_service_match_botocores() {
        let mut recorded = reference::section("modelled_errors");
        let statuses = recorded["statuses"].take();
        let services = recorded.as_object().unwrap().iter().filter(|(_, rows)| rows.is_object());
        let mut known = 0;
        for (service, rows) in services {
            known += 1;
            let service = Service::find(service).unwrap();
            for (code, row) in rows.as_object().unwrap() {
                let operation = service.operation(row[0].as_str().unwrap()).unwrap();
                let letters = row[1].as_str().unwrap().chars();
                for (status, letter) in statuses.as_array().unwrap().iter().zip(letters) {
                    let status = status.as_u64().unwrap().try_into().unwrap();
                    let actual = reason(operation, status, Some(code));
                    assert_eq!(actual, reference::reason(letter), "{code} {status} {row}");
                }
            }
        }
        assert_eq!(known, crate::model::service_names().len());
    }

    #[test]
    fn without_a_code_the_status_decides() {
        let operation = reference::operation("Converse");
        assert_eq!(reason(operation, 429, None), Some(RetryReason::Throttling));
        assert_eq!(reason(operation, 502, None), Some(RetryReason::Transient));
        assert_eq!(reason(operation, 400, None), None);
    }
}
