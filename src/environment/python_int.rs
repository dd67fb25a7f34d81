//! Whole numbers in any form that Python's `int` reads, because botocore reads them with it.

/// A parsed number of any size.
pub(crate) struct PythonInt {
    is_negative: bool,
    digits: String,
}

impl PythonInt {
    /// `None` if `int(text)` would raise an error.
    pub fn parse(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
        let is_group =
            |group: &str| !group.is_empty() && group.bytes().all(|digit| digit.is_ascii_digit());
        digits.split('_').all(is_group).then(|| PythonInt {
            is_negative: trimmed.starts_with('-'),
            digits: digits.replace('_', ""),
        })
    }

    /// The number, or the nearest one that `i64` can hold.
    pub fn saturated(&self) -> i64 {
        let magnitude = self.digits.parse().unwrap_or(i64::MAX);
        if self.is_negative { -magnitude } else { magnitude }
    }

    /// The nearest floating-point number; infinite if the number is too large.
    pub fn float(&self) -> f64 {
        let magnitude = self.digits.parse().unwrap_or(f64::INFINITY);
        if self.is_negative { -magnitude } else { magnitude }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        for (text, number) in [
            ("7", Some(7)),
            (" +1_000\n", Some(1000)),
            ("-07", Some(-7)),
            ("99999999999999999999", Some(i64::MAX)),
            ("-99999999999999999999", Some(-i64::MAX)),
            ("", None),
            ("+", None),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("- 1", None),
            ("--1", None),
            ("1.0", None),
            ("0x10", None),
        ] {
            let parsed = PythonInt::parse(text).map(|number| number.saturated());
            assert_eq!(parsed, number, "{text:?}");
        }
    }
}
