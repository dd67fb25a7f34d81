//! botocore's three sets of retry rules, by name. The rules themselves are in `call/retry`.

/// One of botocore's sets of retry rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryMode {
    Legacy,
    Standard,
    /// Like standard, with a limit on the rate of requests that adapts to the service's throttling.
    Adaptive,
}

impl RetryMode {
    const ALL: [RetryMode; 3] = [RetryMode::Legacy, RetryMode::Standard, RetryMode::Adaptive];

    /// The mode with botocore's `name`, in lower case.
    pub fn find(name: &str) -> Option<Self> {
        RetryMode::ALL.into_iter().find(|mode| mode.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            RetryMode::Legacy => "legacy",
            RetryMode::Standard => "standard",
            RetryMode::Adaptive => "adaptive",
        }
    }

    /// The number of attempts if none is configured, including the first one.
    pub fn default_max_attempts(self) -> u32 {
        match self {
            RetryMode::Legacy => 5,
            RetryMode::Standard | RetryMode::Adaptive => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_found_by_botocores_names() {
        for mode in RetryMode::ALL {
            assert_eq!(RetryMode::find(mode.name()), Some(mode));
        }
        assert_eq!(RetryMode::find("Standard"), None);
    }
}
