//! Timestamps: Python's datetimes ⇄ the formats of the wire.

use std::fmt::Write;

use aws_smithy_types::date_time::{DateTime, Format};
use pyo3::prelude::*;
use pyo3::types::{
    PyDateAccess, PyDateTime, PyFloat, PyInt, PyString, PyTimeAccess, PyTzInfo, PyTzInfoAccess,
};
use serde::Serialize;

use super::fall_back::FallBack;
use crate::model::TimestampFormat;

/// A float of seconds is exact to microseconds before the year 2242.
const EXACT_SECONDS: u64 = 1 << 33;
/// Python's datetimes end later, but not on every platform.
const MAX_SECONDS: f64 = (1u64 << 35) as f64;

/// A timestamp as a JSON value.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Timestamp {
    Text(String),
    Seconds(i64),
    Fraction(f64),
}

/// The datetime in UTC of a service's number of seconds since 1970.
pub fn from_seconds(py: Python<'_>, seconds: f64) -> Result<Bound<'_, PyDateTime>, FallBack> {
    if seconds.abs() >= MAX_SECONDS {
        return Err(FallBack);
    }
    let utc = PyTzInfo::utc(py).map_err(|_| FallBack)?;
    PyDateTime::from_timestamp(py, seconds, Some(&utc)).map_err(|_| FallBack)
}

/// The datetime in UTC of `2024-01-05T15:00:00.123+02:00`. As in botocore, digits beyond microseconds
/// are dropped.
pub fn from_text<'py>(py: Python<'py>, text: &str) -> Result<Bound<'py, PyDateTime>, FallBack> {
    let date_time = DateTime::from_str(text, Format::DateTimeWithOffset).map_err(|_| FallBack)?;
    let (seconds, nanoseconds) = (date_time.secs(), date_time.subsec_nanos());
    // The parser reads a leap second, which botocore refuses, as the end of the second before.
    if nanoseconds == 999_999_999 || seconds.unsigned_abs() >= EXACT_SECONDS {
        return Err(FallBack);
    }
    let microseconds = nanoseconds / 1_000;
    from_seconds(py, seconds as f64 + f64::from(microseconds) / 1e6)
}

/// A caller's timestamp in a JSON body.
pub fn in_json(value: &Bound<'_, PyAny>, format: TimestampFormat) -> Result<Timestamp, FallBack> {
    let moment = Moment::of(value)?;
    match format {
        TimestampFormat::Iso8601 => Ok(Timestamp::Text(moment.iso8601())),
        TimestampFormat::Rfc822 => moment.rfc822().map(Timestamp::Text),
        TimestampFormat::UnixTimestamp => moment.seconds_since_1970(),
    }
}

/// A caller's timestamp in the path or in the query.
pub fn in_path_or_query(
    value: &Bound<'_, PyAny>,
    format: TimestampFormat,
) -> Result<String, FallBack> {
    match in_json(value, format)? {
        Timestamp::Text(text) => Ok(text),
        Timestamp::Seconds(seconds) => Ok(seconds.to_string()),
        // Python writes floats in its own way.
        Timestamp::Fraction(_) => Err(FallBack),
    }
}

/// A caller's timestamp in a header, where botocore drops the fraction of a second.
pub fn in_header(value: &Bound<'_, PyAny>, format: TimestampFormat) -> Result<String, FallBack> {
    let moment = Moment { microseconds: 0, ..Moment::of(value)? };
    match format {
        TimestampFormat::Iso8601 => Ok(moment.iso8601()),
        TimestampFormat::Rfc822 => moment.rfc822(),
        TimestampFormat::UnixTimestamp => Ok(moment.since_1970()?.secs().to_string()),
    }
}

/// A moment in UTC.
struct Moment {
    /// Without a zone: `2024-01-05T15:00:00`.
    second: String,
    microseconds: u32,
}

impl Moment {
    /// Reads the values that most callers pass: a datetime that is naive or in `timezone.utc`, a number of
    /// seconds since 1970, or text such as `2024-01-05T15:00:00Z`. Subclasses and other zones fall
    /// back, because they may be written in Python.
    fn of(value: &Bound<'_, PyAny>) -> Result<Self, FallBack> {
        let py = value.py();
        if let Ok(datetime) = value.cast_exact::<PyDateTime>() {
            let is_utc = match datetime.get_tzinfo() {
                None => true,
                Some(zone) => zone.is(PyTzInfo::utc(py).map_err(|_| FallBack)?),
            };
            return if is_utc { Moment::of_fields(datetime) } else { Err(FallBack) };
        }
        let datetime = if let Ok(text) = value.cast_exact::<PyString>() {
            from_text(py, text.to_str().map_err(|_| FallBack)?)?
        } else if let Ok(seconds) = value.cast_exact::<PyInt>() {
            from_seconds(py, seconds.extract::<i64>().map_err(|_| FallBack)? as f64)?
        } else {
            from_seconds(py, value.cast_exact::<PyFloat>().map_err(|_| FallBack)?.value())?
        };
        Moment::of_fields(&datetime)
    }

    fn of_fields(datetime: &Bound<'_, PyDateTime>) -> Result<Self, FallBack> {
        let (year, month, day) = (datetime.get_year(), datetime.get_month(), datetime.get_day());
        let (hour, minute) = (datetime.get_hour(), datetime.get_minute());
        let second = datetime.get_second();
        // The platform decides how Python writes earlier years.
        if year < 1000 {
            return Err(FallBack);
        }
        Ok(Moment {
            second: format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
            microseconds: datetime.get_microsecond(),
        })
    }

    fn iso8601(mut self) -> String {
        if self.microseconds != 0 {
            // Writing to a string cannot fail.
            let _ = write!(self.second, ".{:06}", self.microseconds);
        }
        self.second.push('Z');
        self.second
    }

    fn rfc822(&self) -> Result<String, FallBack> {
        self.since_1970()?.fmt(Format::HttpDate).map_err(|_| FallBack)
    }

    fn seconds_since_1970(&self) -> Result<Timestamp, FallBack> {
        let seconds = self.since_1970()?.secs();
        if self.microseconds == 0 {
            return Ok(Timestamp::Seconds(seconds));
        }
        if seconds.unsigned_abs() >= EXACT_SECONDS {
            return Err(FallBack);
        }
        // Divides once, as Python does: adding a fraction to the seconds would round twice.
        let microseconds = seconds * 1_000_000 + i64::from(self.microseconds);
        Ok(Timestamp::Fraction(microseconds as f64 / 1e6))
    }

    /// The whole seconds.
    fn since_1970(&self) -> Result<DateTime, FallBack> {
        DateTime::from_str(&format!("{}Z", self.second), Format::DateTime).map_err(|_| FallBack)
    }
}
