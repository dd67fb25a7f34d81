//! The size of data that arrives as base64.

/// The number of bytes that a base64 text encodes; `None` if the text is not base64.
pub(crate) fn decoded_size(text: &str) -> Option<usize> {
    let data = text.trim_end_matches('=');
    let padding = text.len() - data.len();
    let letters = data.bytes().all(|letter| {
        letter.is_ascii_alphanumeric() || matches!(letter, b'+' | b'/' | b'-' | b'_')
    });
    (letters && padding <= 2 && text.len().is_multiple_of(4)).then(|| text.len() / 4 * 3 - padding)
}

/// [`decoded_size`] without the check, for a body that the service model does not describe.
pub(crate) fn unchecked_decoded_size(text: &str) -> usize {
    let padding = text.len() - text.trim_end_matches('=').len();
    (text.len() / 4 * 3).saturating_sub(padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_measured() {
        for (text, size) in [("", 0), ("QQ==", 1), ("QUI=", 2), ("QUJD", 3)] {
            assert_eq!(decoded_size(text), Some(size));
            assert_eq!(unchecked_decoded_size(text), size);
        }
        for bad in ["Q", "QQ=", "Q===", "QQ==QQ==", "Q!=="] {
            assert_eq!(decoded_size(bad), None, "{bad}");
        }
    }
}
