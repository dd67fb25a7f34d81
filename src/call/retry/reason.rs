//! Why an attempt is worth a retry.

/// Why an attempt is worth a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetryReason {
    Transient,
    Throttling,
}
