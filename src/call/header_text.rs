//! Response headers as Python sees them.

use http::HeaderMap;

/// The text of a header: repeated headers are joined as urllib3 joins them, bytes are Latin-1.
pub fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let mut text = latin_1(values.next()?.as_bytes());
    for value in values {
        text.push_str(", ");
        text.push_str(&latin_1(value.as_bytes()));
    }
    Some(text)
}

/// Header bytes as text: each byte is one character.
pub fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
