//! Response heads that http.client understands and hyper does not, put right before hyper parses
//! them. Nothing is inserted or removed, so an ordinary head costs one scan and no copy.
//!
//! - `Transfer-Encoding` without `chunked`, such as `identity` beside a Content-Length: hyper would
//!   wait for the end of the connection. The header's name becomes [`RENAMED`] until hyper is done.
//! - `Transfer-Encoding: chunked, identity`: hyper would wait in the same way. Blanks replace what
//!   follows `chunked`.
//! - `Transfer-Encoding: chunked` in an HTTP/1.0 response, which hyper refuses: the version becomes
//!   1.1. The connection ends with the response.

use std::ops::Range;

use http::HeaderMap;
use http::header::TRANSFER_ENCODING;

/// Where the header is that hyper must not see.
const RENAMED: &str = "transfer_encoding";
const NAME: &[u8] = b"transfer-encoding";
/// What follows the name in nearly every response that has one.
const USUAL: &[u8] = b": chunked\r\n";
/// Where the two names differ.
const HYPHEN: usize = 8;
/// A longer head that comes in pieces is scanned once, not for each of them.
const SHORT: usize = 4096;
/// A longer head is hyper's to refuse.
const LONGEST: usize = 512 * 1024;

/// Looks at the bytes of one connection, as they come from the peer.
#[derive(Default)]
pub struct HeadFilter {
    state: State,
    mended: Mended,
}

#[derive(Default)]
enum State {
    /// Bytes of a body, or of nothing that this module knows.
    #[default]
    Passing,
    /// A head of which this much has come.
    Head(Vec<u8>),
    Releasing(Held),
}

/// What was held and is on its way to hyper.
struct Held {
    bytes: Vec<u8>,
    released: usize,
    /// Whether another head follows, because these are informational.
    head_follows: bool,
}

/// What was put right in a response's head.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Mended {
    pub renamed: bool,
    /// Whether the response's version was 1.0.
    pub version: bool,
}

impl HeadFilter {
    /// The next bytes are the head of a response.
    pub fn begin(&mut self) {
        self.state = State::Head(Vec::new());
        self.mended = Mended::default();
    }

    /// Whether bytes need not be shown to [`HeadFilter::hold`].
    pub fn is_passing(&self) -> bool {
        matches!(self.state, State::Passing)
    }

    /// Takes what has just been read, and puts it right in place. True if hyper must not see it
    /// yet, because the head is not complete: it comes out of [`HeadFilter::release`].
    pub fn hold(&mut self, fresh: &mut [u8]) -> bool {
        let State::Head(held) = &mut self.state else { return false };
        if held.is_empty() {
            match settle(fresh, &mut self.mended) {
                Settled::Complete => self.state = State::Passing,
                Settled::NextHead => {}
                Settled::Incomplete => {
                    held.extend_from_slice(fresh);
                    return true;
                }
            }
            return false;
        }
        held.extend_from_slice(fresh);
        let is_too_long = held.len() > LONGEST;
        if held.len() > SHORT && !is_too_long && !ends_with_an_empty_line(held, fresh.len()) {
            return true;
        }
        match settle(held, &mut self.mended) {
            Settled::Incomplete if !is_too_long => {}
            settled => self.release_all(matches!(settled, Settled::NextHead)),
        }
        true
    }

    /// The peer has closed: an incomplete head is hyper's to refuse.
    pub fn end(&mut self) {
        if matches!(&self.state, State::Head(held) if !held.is_empty()) {
            self.release_all(false);
        }
    }

    /// The next bytes for hyper out of those that were held, at most `room` of them.
    pub fn release(&mut self, room: usize) -> Option<Vec<u8>> {
        let State::Releasing(held) = &mut self.state else { return None };
        let end = held.bytes.len().min(held.released + room);
        let piece = held.bytes.get(held.released..end).unwrap_or_default().to_vec();
        held.released = end;
        if end == held.bytes.len() {
            self.state = if held.head_follows { State::Head(Vec::new()) } else { State::Passing };
        }
        Some(piece)
    }

    /// What was put right in the last head.
    pub fn mended(&self) -> Mended {
        self.mended
    }

    fn release_all(&mut self, head_follows: bool) {
        if let State::Head(bytes) = std::mem::take(&mut self.state) {
            self.state = State::Releasing(Held { bytes, released: 0, head_follows });
        }
    }
}

impl Mended {
    /// Gives a parsed head the header back that hyper did not see.
    pub fn restore(self, headers: &mut HeaderMap) {
        if !self.renamed {
            return;
        }
        let mut restored = HeaderMap::with_capacity(headers.len());
        let mut last = TRANSFER_ENCODING;
        for (name, value) in std::mem::take(headers) {
            // Further values of a header come without its name.
            if let Some(name) = name {
                last = if name == RENAMED { TRANSFER_ENCODING } else { name };
            }
            restored.append(last.clone(), value);
        }
        *headers = restored;
    }
}

enum Settled {
    /// The head is complete, or none.
    Complete,
    /// Only informational heads have come, and all of them are complete.
    NextHead,
    Incomplete,
}

/// Puts right the heads at the beginning of `bytes`: informational ones and the one after them.
fn settle(bytes: &mut [u8], mended: &mut Mended) -> Settled {
    let mut start = 0;
    loop {
        let Some(rest) = bytes.get_mut(start..) else { return Settled::Complete };
        // httparse skips empty lines before a head.
        let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let Some(rest) = rest.get_mut(empty..) else { return Settled::Complete };
        if rest.is_empty() {
            return if start + empty > 0 { Settled::NextHead } else { Settled::Incomplete };
        }
        if !is_beginning(rest) {
            return Settled::Complete;
        }
        let Some(Scanned { end, is_suspect }) = scan(rest) else { return Settled::Incomplete };
        let Some(head) = rest.get_mut(..end) else { return Settled::Complete };
        if !is_informational(head) {
            if is_suspect {
                mend(head, mended);
            }
            return Settled::Complete;
        }
        start += empty + end;
    }
}

/// Whether an empty line ends in the last `fresh` bytes.
fn ends_with_an_empty_line(bytes: &[u8], fresh: usize) -> bool {
    let start = bytes.len().saturating_sub(fresh + 2);
    let last = bytes.get(start..).unwrap_or_default();
    memchr::memchr_iter(b'\n', last).any(|at| {
        let after = last.get(at + 1..).unwrap_or_default();
        after.starts_with(b"\n") || after.starts_with(b"\r\n")
    })
}

/// Whether these bytes can begin a response of HTTP/1.
fn is_beginning(bytes: &[u8]) -> bool {
    let version = b"HTTP/1.";
    bytes.iter().zip(version).all(|(byte, expected)| byte == expected)
}

/// `HTTP/1.1 1xx`, but for the end of HTTP on this connection.
fn is_informational(head: &[u8]) -> bool {
    head.get(8..10) == Some(b" 1") && head.get(9..12) != Some(b"101")
}

struct Scanned {
    /// Where the head ends: behind its first empty line.
    end: usize,
    /// Whether it has a Transfer-Encoding that hyper may misread.
    is_suspect: bool,
}

/// Reads through a head once; `None` if it is not complete.
fn scan(bytes: &[u8]) -> Option<Scanned> {
    let mut is_suspect = false;
    for at in memchr::memchr_iter(b'\n', bytes) {
        let rest = bytes.get(at + 1..)?;
        match rest {
            [b'\n', ..] => return Some(Scanned { end: at + 2, is_suspect }),
            [b'\r', b'\n', ..] => return Some(Scanned { end: at + 3, is_suspect }),
            [b't' | b'T', ..] if has_name(rest) => {
                is_suspect = is_suspect
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

fn mend(head: &mut [u8], mended: &mut Mended) {
    let mut chunked = false;
    let mut at = 0;
    while let Some(line) = next_field(head, at) {
        at = line.end;
        let Some(field) = head.get_mut(line) else { return };
        let Some((name, [b':', value @ ..])) = field.split_at_mut_checked(NAME.len()) else {
            continue;
        };
        if !name.eq_ignore_ascii_case(NAME) {
            continue;
        }
        if blank_after_chunked(value) {
            chunked = true;
        } else if let Some(hyphen) = name.get_mut(HYPHEN) {
            *hyphen = b'_';
            mended.renamed = true;
        }
    }
    if chunked && let Some(minor @ b'0') = head.get_mut(7) {
        *minor = b'1';
        mended.version = true;
    }
}

/// The next header field after `at`, which is in the line before it, with the lines that
/// continue it.
fn next_field(head: &[u8], at: usize) -> Option<Range<usize>> {
    let start = next_line(head, at)?;
    let mut end = next_line(head, start)?;
    while let Some(b' ' | b'\t') = head.get(end) {
        end = next_line(head, end)?;
    }
    // The line's own end belongs to it, so that the next search begins there.
    Some(start..end - 1)
}

/// Where the line after the one at `at` begins.
fn next_line(head: &[u8], at: usize) -> Option<usize> {
    memchr::memchr(b'\n', head.get(at..)?).map(|end| at + end + 1)
}

/// Whether a value names `chunked`. Another coding after it gives way to blanks.
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

    const PLAIN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

    /// What hyper gets when the bytes come in pieces of this size.
    fn filtered(text: &str, size: usize) -> (String, Mended) {
        let mut filter = HeadFilter::default();
        filter.begin();
        let mut seen = Vec::new();
        let release = |filter: &mut HeadFilter, seen: &mut Vec<u8>| {
            while let Some(piece) = filter.release(7) {
                seen.extend(piece);
            }
        };
        for piece in text.as_bytes().chunks(size.max(1)) {
            let mut piece = piece.to_vec();
            if filter.is_passing() || !filter.hold(&mut piece) {
                seen.extend(piece);
            }
            release(&mut filter, &mut seen);
        }
        filter.end();
        release(&mut filter, &mut seen);
        (String::from_utf8(seen).unwrap(), filter.mended())
    }

    /// In pieces of every size, the same comes out.
    fn becomes(text: &str, expected: &str) -> Mended {
        let (whole, mended) = filtered(text, text.len());
        assert_eq!(whole, expected);
        for size in 1..text.len() {
            assert_eq!(filtered(text, size), (whole.clone(), mended), "{size}");
        }
        mended
    }

    #[test]
    fn what_hyper_understands_is_left_alone() {
        for text in [
            PLAIN,
            "HTTP/1.1 200 OK\n\n",
            "\r\nHTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding:CHUNKED\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX-Transfer-Encoding: identity\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding : identity\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\r\n Transfer-Encoding: identity\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\nTransfer-Encoding: identity\r\n\r\n",
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 101 Other\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
            "SSH-2.0-OpenSSH\r\n",
            "HTTP/2 200\r\nTransfer-Encoding: identity\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Enco",
            "HTTP/1",
            "",
        ] {
            assert_eq!(becomes(text, text), Mended::default(), "{text}");
        }
    }

    #[test]
    fn a_coding_without_chunks_is_hidden() {
        for coding in
            ["identity", "IDENTITY", "", "gzip", "chunked;q=1", "xchunked", "\r\n identity"]
        {
            let head = |name| format!("HTTP/1.1 200 OK\r\n{name}:{coding}\r\nX: y\r\n\r\nbody");
            let mended = becomes(&head("Transfer-Encoding"), &head("Transfer_Encoding"));
            assert_eq!(mended, Mended { renamed: true, version: false });
        }
    }

    #[test]
    fn what_follows_chunked_is_blanked() {
        let mended = becomes(
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked, identity\nTransfer-Encoding: identity\n\n",
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked          \nTransfer_Encoding: identity\n\n",
        );
        assert_eq!(mended, Mended { renamed: true, version: false });
    }

    #[test]
    fn chunks_make_the_version_1_1() {
        let mended = becomes(
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        );
        assert_eq!(mended, Mended { renamed: false, version: true });
    }

    #[test]
    fn heads_after_informational_ones_are_put_right() {
        let text = |name| {
            format!(
                "HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.1 103 Early Hints\nLink: a\n\n\
                 HTTP/1.1 200 OK\r\n{name}: identity\r\n\r\n"
            )
        };
        assert!(becomes(&text("transfer-encoding"), &text("transfer_encoding")).renamed);
    }

    #[test]
    fn an_endless_head_is_let_through() {
        let text = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(LONGEST + 5000));
        assert_eq!(filtered(&text, 4096).0, text);
    }

    #[test]
    fn hidden_headers_come_back() {
        let mut headers = HeaderMap::new();
        headers.append("x", "y".parse().unwrap());
        headers.append(RENAMED, "identity".parse().unwrap());
        headers.append(RENAMED, "gzip".parse().unwrap());
        let mut untouched = headers.clone();
        Mended::default().restore(&mut untouched);
        assert_eq!(untouched, headers);
        Mended { renamed: true, version: false }.restore(&mut headers);
        let values: Vec<_> = headers.get_all(TRANSFER_ENCODING).iter().collect();
        assert_eq!(values, ["identity", "gzip"]);
        let names: Vec<_> = headers.keys().map(|name| name.as_str()).collect();
        assert_eq!(names, ["x", "transfer-encoding"]);
    }
}
