//! The retry mode and the number of attempts that are configured.

use crate::config::retry_mode::RetryMode;
use crate::environment::Environment;
use crate::environment::arguments::Arguments;
use crate::error::{Error, Kind};

/// The total number of attempts, including the first one: as configured, or the default of the
/// mode.
///
/// Errors: `InvalidRetryModeError`, `InvalidMaxRetryAttemptsError`, `ValueError`.
pub(crate) fn max_attempts(arguments: &Arguments, environment: &Environment) -> Result<u32, Error> {
    let configured = total_max_attempts(arguments, environment)?;
    let mode = retry_mode(arguments, environment)?;
    Ok(configured.unwrap_or_else(|| mode.default_max_attempts()))
}

/// Error: `InvalidRetryModeError`.
pub(crate) fn retry_mode(
    arguments: &Arguments,
    environment: &Environment,
) -> Result<RetryMode, Error> {
    let argument = arguments.retry_mode.clone();
    match argument.or_else(|| environment.configured("AWS_RETRY_MODE", "retry_mode")) {
        None => Ok(RetryMode::Standard),
        Some(provided_retry_mode) => RetryMode::find(&provided_retry_mode)
            .ok_or_else(|| Error::new(Kind::InvalidRetryMode { provided_retry_mode })),
    }
}

/// The configured total number of attempts, including the first one.
///
/// Errors: `InvalidMaxRetryAttemptsError`, `ValueError`.
pub(crate) fn total_max_attempts(
    arguments: &Arguments,
    environment: &Environment,
) -> Result<Option<u32>, Error> {
    let configured = match arguments.total_max_attempts {
        Some(attempts) => Some(i64::from(attempts)),
        None => environment.integer("AWS_MAX_ATTEMPTS", "max_attempts")?,
    };
    match configured {
        Some(attempts) if attempts < 1 => Err(Error::new(Kind::InvalidMaxRetryAttempts {
            provided_max_attempts: attempts.to_string(),
            min_value: 1,
        })),
        attempts => Ok(attempts.map(|attempts| u32::try_from(attempts).unwrap_or(u32::MAX))),
    }
}
