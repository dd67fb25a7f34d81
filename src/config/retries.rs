//! The retry mode and the number of attempts that are configured.

use crate::environment::Environment;
use crate::environment::arguments::Arguments;
use crate::error::{Error, Kind};

/// botocore's three sets of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryMode {
    Legacy,
    Standard,
    /// Standard, and a limit on the rate of sending that follows the service's throttling.
    Adaptive,
}

impl RetryMode {
    /// The mode with botocore's `name`, in lower case.
    pub fn find(name: &str) -> Option<Self> {
        [RetryMode::Legacy, RetryMode::Standard, RetryMode::Adaptive]
            .into_iter()
            .find(|mode| mode.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            RetryMode::Legacy => "legacy",
            RetryMode::Standard => "standard",
            RetryMode::Adaptive => "adaptive",
        }
    }

    /// Attempts in total where nobody said how many.
    pub fn default_max_attempts(self) -> u32 {
        match self {
            RetryMode::Legacy => 5,
            RetryMode::Standard | RetryMode::Adaptive => 3,
        }
    }
}

/// Attempts in total, the first one included, in the mode that is set.
///
/// Errors: `InvalidRetryModeError`, `InvalidMaxRetryAttemptsError`, `ValueError`.
pub(crate) fn max_attempts(arguments: &Arguments, environment: &Environment) -> Result<u32, Error> {
    let said = total_max_attempts(arguments, environment)?;
    let mode = retry_mode(arguments, environment)?;
    Ok(said.unwrap_or_else(|| mode.default_max_attempts()))
}

pub(crate) fn retry_mode(
    arguments: &Arguments,
    environment: &Environment,
) -> Result<RetryMode, Error> {
    let name = arguments.retry_mode.clone();
    match name.or_else(|| environment.configured("AWS_RETRY_MODE", "retry_mode")) {
        None => Ok(RetryMode::Standard),
        Some(provided_retry_mode) => RetryMode::find(&provided_retry_mode)
            .ok_or_else(|| Error::new(Kind::InvalidRetryMode { provided_retry_mode })),
    }
}

pub(crate) fn total_max_attempts(
    arguments: &Arguments,
    environment: &Environment,
) -> Result<Option<u32>, Error> {
    let said = match arguments.total_max_attempts {
        Some(attempts) => Some(i64::from(attempts)),
        None => environment.integer("AWS_MAX_ATTEMPTS", "max_attempts")?,
    };
    match said {
        Some(attempts) if attempts < 1 => Err(Error::new(Kind::InvalidMaxRetryAttempts {
            provided_max_attempts: attempts.to_string(),
            min_value: 1,
        })),
        attempts => Ok(attempts.map(|attempts| u32::try_from(attempts).unwrap_or(u32::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_found_by_botocores_names() {
        for mode in [RetryMode::Legacy, RetryMode::Standard, RetryMode::Adaptive] {
            assert_eq!(RetryMode::find(mode.name()), Some(mode));
        }
        assert_eq!(RetryMode::find("Standard"), None);
    }
}
