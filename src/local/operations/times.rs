//! Times in the service's form.

use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// A time in ISO 8601, to the millisecond.
pub(super) fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let time = DateTime::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    time.fmt(Format::DateTime).unwrap_or_default()
}

/// Reads a time in ISO 8601.
pub(super) fn time_from(text: &str) -> Option<SystemTime> {
    let time = DateTime::from_str(text, Format::DateTimeWithOffset).ok()?;
    time.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_round_trip() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
        assert_eq!(timestamp(time), "2023-11-14T22:13:20.25Z");
        assert_eq!(time_from(&timestamp(time)), Some(time));
        assert_eq!(time_from("2023-11-14T23:13:20.25+01:00"), Some(time));
        assert_eq!(time_from("yesterday"), None);
    }
}
