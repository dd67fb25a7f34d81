//! Values in a request's path, escaped as botocore escapes them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but letters, digits and `-._~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// A greedy label (`{name+}`) keeps its slashes.
const RESERVED_GREEDY: &AsciiSet = &RESERVED.remove(b'/');

pub fn push_label(target: &mut String, value: &str, greedy: bool) {
    let reserved = if greedy { RESERVED_GREEDY } else { RESERVED };
    target.extend(utf8_percent_encode(value, reserved));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_botocore_escapes() {
        let mut target = String::new();
        push_label(&mut target, "arn:aws:a/b~c*'() é", false);
        assert_eq!(target, "arn%3Aaws%3Aa%2Fb~c%2A%27%28%29%20%C3%A9");
        target.clear();
        push_label(&mut target, "a/b", true);
        assert_eq!(target, "a/b");
    }
}
