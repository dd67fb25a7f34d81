//! Repairs of response heads, in place. Bytes are neither inserted nor removed, so an ordinary head
//! costs one scan and no copy.
//!
//! - `Transfer-Encoding` without `chunked`, such as `identity` beside a Content-Length: hyper would
//!   wait for the end of the connection. The header is called [`RENAMED`] until hyper has parsed the
//!   head.
//! - `Transfer-Encoding: chunked, identity`: hyper would wait in the same way. What follows `chunked`
//!   is overwritten with spaces.
//! - `Transfer-Encoding: chunked` in an HTTP/1.0 response, which hyper refuses: the version becomes
//!   1.1. The connection still ends with this response.

use std::ops::Range;

use http::HeaderMap;
use http::header::TRANSFER_ENCODING;

/// The name that hides a Transfer-Encoding header from hyper.
const RENAMED: &str = "transfer_encoding";
const NAME: &[u8] = b"transfer-encoding";
/// What follows the name in almost every response that has the header.
const USUAL: &[u8] = b": chunked\r\n";
/// Where the two names differ.
const HYPHEN: usize = 8;

/// What was repaired in the head of a response.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct HeadRepairs {
    pub renamed_transfer_encoding: bool,
    /// The response's version was 1.0; hyper sees 1.1.
    pub raised_version: bool,
}

impl HeadRepairs {
    /// Restores the name of the hidden header in a parsed head.
    pub fn restore(self, headers: &mut HeaderMap) {
        if !self.renamed_transfer_encoding {
            return;
        }
        let mut restored = HeaderMap::with_capacity(headers.len());
        let mut last = TRANSFER_ENCODING;
        for (name, value) in std::mem::take(headers) {
            // The iterator returns the name of a repeated header only once.
            if let Some(name) = name {
                last = if name == RENAMED { TRANSFER_ENCODING } else { name };
            }
            restored.append(last.clone(), value);
        }
        *headers = restored;
    }
}

pub(super) enum HeadStatus {
    /// The bytes are not a head, or the head is complete. `chunks_at` is where it ends, if a body in
    /// chunks follows.
    Complete {
        chunks_at: Option<usize>,
    },
    /// So far, only informational heads have arrived, and all of them are complete.
    AnotherFollows,
    Incomplete,
}

/// Repairs the heads at the beginning of `bytes`: informational heads and the one after them.
pub(super) fn repair(bytes: &mut [u8], repairs: &mut HeadRepairs) -> HeadStatus {
    const NO_HEAD: HeadStatus = HeadStatus::Complete { chunks_at: None };
    let mut start = 0;
    loop {
        let Some(rest) = bytes.get_mut(start..) else { return NO_HEAD };
        // httparse skips empty lines before a head.
        let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let Some(rest) = rest.get_mut(empty..) else { return NO_HEAD };
        if rest.is_empty() {
            return if start + empty > 0 {
                HeadStatus::AnotherFollows
            } else {
                HeadStatus::Incomplete
            };
        }
        if !can_begin_head(rest) {
            return NO_HEAD;
        }
        let Some(Scan { end, has_coding, needs_repair }) = scan(rest) else {
            return HeadStatus::Incomplete;
        };
        let Some(head) = rest.get_mut(..end) else { return NO_HEAD };
        if !is_informational(head) {
            let is_chunked = has_coding && (!needs_repair || repair_head(head, repairs));
            return HeadStatus::Complete { chunks_at: is_chunked.then_some(start + empty + end) };
        }
        start += empty + end;
    }
}

/// Whether these bytes can begin a response of HTTP/1.
fn can_begin_head(bytes: &[u8]) -> bool {
    let version = b"HTTP/1.";
    bytes.iter().zip(version).all(|(byte, expected)| byte == expected)
}

/// `HTTP/1.1 1xx`, except 101, after which the connection no longer speaks HTTP.
fn is_informational(head: &[u8]) -> bool {
    head.get(8..10) == Some(b" 1") && head.get(9..12) != Some(b"101")
}

struct Scan {
    /// The end of the head, after its first empty line.
    end: usize,
    /// Whether the head has a Transfer-Encoding.
    has_coding: bool,
    /// Whether hyper may misread the Transfer-Encoding.
    needs_repair: bool,
}

/// Reads a head once. Returns `None` if the head is incomplete.
fn scan(bytes: &[u8]) -> Option<Scan> {
    let (mut has_coding, mut needs_repair) = (false, false);
    for at in memchr::memchr_iter(b'\n', bytes) {
        let rest = bytes.get(at + 1..)?;
        match rest {
            [b'\n', ..] => return Some(Scan { end: at + 2, has_coding, needs_repair }),
            [b'\r', b'\n', ..] => {
                return Some(Scan { end: at + 3, has_coding, needs_repair });
            }
            [b't' | b'T', ..] if has_name(rest) => {
                has_coding = true;
                needs_repair = needs_repair
                    || bytes.get(7) != Some(&b'1')
                    || rest.get(NAME.len()..NAME.len() + USUAL.len()) != Some(USUAL);
            }
            _ => {}
        }
    }
    None
}

fn has_name(line: &[u8]) -> bool {
    line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME))
}

/// Returns whether the body is in chunks.
fn repair_head(head: &mut [u8], repairs: &mut HeadRepairs) -> bool {
    let mut is_chunked = false;
    let mut at = 0;
    while let Some(line) = next_field(head, at) {
        at = line.end;
        let Some(field) = head.get_mut(line) else { break };
        let Some((name, [b':', value @ ..])) = field.split_at_mut_checked(NAME.len()) else {
            continue;
        };
        if !name.eq_ignore_ascii_case(NAME) {
            continue;
        }
        if blank_after_chunked(value) {
            is_chunked = true;
        } else if let Some(hyphen) = name.get_mut(HYPHEN) {
            *hyphen = b'_';
            repairs.renamed_transfer_encoding = true;
        }
    }
    if is_chunked && let Some(minor @ b'0') = head.get_mut(7) {
        *minor = b'1';
        repairs.raised_version = true;
    }
    is_chunked
}

/// The next header field after `at`, including its continuation lines. `at` is in the line before
/// the field.
fn next_field(head: &[u8], at: usize) -> Option<Range<usize>> {
    let start = next_line(head, at)?;
    let mut end = next_line(head, start)?;
    while let Some(b' ' | b'\t') = head.get(end) {
        end = next_line(head, end)?;
    }
    // The field ends before its line feed, so that the next search finds this line feed.
    Some(start..end - 1)
}

/// The beginning of the line after the one that contains `at`.
fn next_line(head: &[u8], at: usize) -> Option<usize> {
    memchr::memchr(b'\n', head.get(at..)?).map(|end| at + end + 1)
}

/// Whether a value names `chunked`. If other codings follow `chunked`, they are overwritten with
/// spaces.
fn blank_after_chunked(value: &mut [u8]) -> bool {
    let is_chunked = |coding: &[u8]| coding.trim_ascii().eq_ignore_ascii_case(b"chunked");
    if value.rsplit(|byte| *byte == b',').next().is_some_and(is_chunked) {
        return true;
    }
    let mut at = 0;
    for coding in value.split(|byte| *byte == b',') {
        at += coding.len();
        if is_chunked(coding) {
            let after = value.get_mut(at..).unwrap_or_default();
            for byte in after.iter_mut().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
                *byte = b' ';
            }
            return true;
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_hidden_headers_are_restored() {
        let mut headers = HeaderMap::new();
        headers.append("x", "y".parse().unwrap());
        headers.append(RENAMED, "identity".parse().unwrap());
        headers.append(RENAMED, "gzip".parse().unwrap());
        let mut untouched = headers.clone();
        HeadRepairs::default().restore(&mut untouched);
        assert_eq!(untouched, headers);
        HeadRepairs { renamed_transfer_encoding: true, raised_version: false }
            .restore(&mut headers);
        let values: Vec<_> = headers.get_all(TRANSFER_ENCODING).iter().collect();
        assert_eq!(values, ["identity", "gzip"]);
        let names: Vec<_> = headers.keys().map(|name| name.as_str()).collect();
        assert_eq!(names, ["x", "transfer-encoding"]);
    }
}
