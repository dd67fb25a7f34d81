//! A filter for response heads that http.client understands and hyper does not. The filter repairs
//! them before hyper parses them. A body in chunks is held back at the end of its head, so that
//! [`ChunkedBody`](super::chunked_body::ChunkedBody) can read it instead of hyper.

use super::head_repair::{HeadRepairs, HeadStatus, repair};

/// A longer head that arrives in several reads is scanned once and not after each read.
const SHORT: usize = 4096;
/// A longer head is passed on, and hyper refuses it.
const LONGEST: usize = 512 * 1024;

/// Sees the bytes of one connection as they arrive from the peer.
#[derive(Default)]
pub struct ResponseHeadFilter {
    state: State,
    repairs: HeadRepairs,
}

#[derive(Default)]
enum State {
    /// Bytes go to hyper unchecked: they belong to a body, or they are not a response of HTTP/1.
    #[default]
    Passing,
    /// A head is arriving. These are its bytes so far.
    Head(Vec<u8>),
    Releasing(Held),
    /// A head was passed on, and a body in chunks follows. These are its bytes so far.
    BeforeChunks(Vec<u8>),
}

/// Bytes that were held back and are now on their way to hyper.
struct Held {
    bytes: Vec<u8>,
    released: usize,
    next: Next,
}

/// What follows held bytes.
enum Next {
    /// Another head, because the held heads are informational.
    Head,
    /// A body in chunks, which begins with these bytes.
    Chunks(Vec<u8>),
    Other,
}

impl ResponseHeadFilter {
    /// The next bytes are the head of a response.
    pub fn begin(&mut self) {
        self.state = State::Head(Vec::new());
        self.repairs = HeadRepairs::default();
    }

    /// If true, the next bytes need not go through [`ResponseHeadFilter::hold`].
    pub fn is_passing(&self) -> bool {
        matches!(self.state, State::Passing)
    }

    /// Takes the bytes that have just been read and repairs them in place. Returns how many of them
    /// hyper may see now: none if the head is incomplete. [`ResponseHeadFilter::release`] returns them
    /// later.
    pub fn hold(&mut self, fresh: &mut [u8]) -> usize {
        let State::Head(held) = &mut self.state else { return fresh.len() };
        if held.is_empty() {
            match repair(fresh, &mut self.repairs) {
                HeadStatus::Complete { chunks_at: None } => self.state = State::Passing,
                HeadStatus::Complete { chunks_at: Some(at) } => {
                    self.state = State::BeforeChunks(fresh.get(at..).unwrap_or_default().to_vec());
                    return at;
                }
                HeadStatus::AnotherFollows => {}
                HeadStatus::Incomplete => {
                    held.extend_from_slice(fresh);
                    return 0;
                }
            }
            return fresh.len();
        }
        held.extend_from_slice(fresh);
        let is_too_long = held.len() > LONGEST;
        if held.len() > SHORT && !is_too_long && !ends_with_an_empty_line(held, fresh.len()) {
            return 0;
        }
        let next = match repair(held, &mut self.repairs) {
            HeadStatus::Incomplete if !is_too_long => return 0,
            HeadStatus::AnotherFollows => Next::Head,
            HeadStatus::Complete { chunks_at: Some(at) } if at <= held.len() => {
                Next::Chunks(held.split_off(at))
            }
            _ => Next::Other,
        };
        self.release_all(next);
        0
    }

    /// The peer has closed. An incomplete head is passed on, and hyper refuses it.
    pub fn end(&mut self) {
        if matches!(&self.state, State::Head(held) if !held.is_empty()) {
            self.release_all(Next::Other);
        }
    }

    /// Whether a body in chunks is held back.
    pub fn holds_chunks(&self) -> bool {
        matches!(self.state, State::BeforeChunks(_))
    }

    /// Takes the beginning of the body that is held back.
    pub fn take_chunks(&mut self) -> Vec<u8> {
        match std::mem::take(&mut self.state) {
            State::BeforeChunks(bytes) => bytes,
            _ => Vec::new(),
        }
    }

    /// Passes the body that is held back on to hyper.
    pub fn pass_chunks(&mut self) {
        let bytes = self.take_chunks();
        if !bytes.is_empty() {
            self.state = State::Releasing(Held { bytes, released: 0, next: Next::Other });
        }
    }

    /// The next held bytes for hyper, at most `limit` of them.
    pub fn release(&mut self, limit: usize) -> Option<Vec<u8>> {
        let State::Releasing(held) = &mut self.state else { return None };
        let end = held.bytes.len().min(held.released + limit);
        let released = held.bytes.get(held.released..end).unwrap_or_default().to_vec();
        held.released = end;
        if end == held.bytes.len() {
            self.state = match std::mem::replace(&mut held.next, Next::Other) {
                Next::Head => State::Head(Vec::new()),
                Next::Chunks(bytes) => State::BeforeChunks(bytes),
                Next::Other => State::Passing,
            };
        }
        Some(released)
    }

    /// What was repaired in the last head.
    pub fn repairs(&self) -> HeadRepairs {
        self.repairs
    }

    fn release_all(&mut self, next: Next) {
        if let State::Head(bytes) = std::mem::take(&mut self.state) {
            self.state = State::Releasing(Held { bytes, released: 0, next });
        }
    }
}

/// Whether an empty line ends within the last `fresh` bytes.
fn ends_with_an_empty_line(bytes: &[u8], fresh: usize) -> bool {
    let start = bytes.len().saturating_sub(fresh + 2);
    let last = bytes.get(start..).unwrap_or_default();
    memchr::memchr_iter(b'\n', last).any(|at| {
        let after = last.get(at + 1..).unwrap_or_default();
        after.starts_with(b"\n") || after.starts_with(b"\r\n")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

    /// What hyper gets if the bytes arrive in chunks of this size.
    fn filtered(text: &str, size: usize) -> (String, HeadRepairs) {
        let mut filter = ResponseHeadFilter::default();
        filter.begin();
        let mut seen = Vec::new();
        let release = |filter: &mut ResponseHeadFilter, seen: &mut Vec<u8>| {
            while let Some(chunk) = filter.release(7) {
                seen.extend(chunk);
            }
        };
        let mut chunks = Vec::new();
        for chunk in text.as_bytes().chunks(size.max(1)) {
            if filter.holds_chunks() {
                chunks.extend_from_slice(chunk);
                continue;
            }
            let mut chunk = chunk.to_vec();
            if !filter.is_passing() {
                let seen = filter.hold(&mut chunk);
                chunk.truncate(seen);
            }
            seen.extend(chunk);
            release(&mut filter, &mut seen);
        }
        filter.end();
        release(&mut filter, &mut seen);
        if filter.holds_chunks() {
            assert!(seen.ends_with(b"\n\r\n") || seen.ends_with(b"\n\n"), "{text}");
            seen.extend(filter.take_chunks());
            seen.extend(chunks);
        }
        (String::from_utf8(seen).unwrap(), filter.repairs())
    }

    /// The output is the same for chunks of every size.
    fn assert_filtered(text: &str, expected: &str) -> HeadRepairs {
        let (whole, repairs) = filtered(text, text.len());
        assert_eq!(whole, expected);
        for size in 1..text.len() {
            assert_eq!(filtered(text, size), (whole.clone(), repairs), "{size}");
        }
        repairs
    }

    #[test]
    fn heads_that_hyper_understands_are_not_changed() {
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
            assert_eq!(assert_filtered(text, text), HeadRepairs::default(), "{text}");
        }
    }

    #[test]
    fn a_coding_without_chunked_is_hidden() {
        for coding in
            ["identity", "IDENTITY", "", "gzip", "chunked;q=1", "xchunked", "\r\n identity"]
        {
            let head = |name| format!("HTTP/1.1 200 OK\r\n{name}:{coding}\r\nX: y\r\n\r\nbody");
            let repairs = assert_filtered(&head("Transfer-Encoding"), &head("Transfer_Encoding"));
            assert_eq!(
                repairs,
                HeadRepairs { renamed_transfer_encoding: true, raised_version: false }
            );
        }
    }

    #[test]
    fn codings_after_chunked_are_blanked() {
        let repairs = assert_filtered(
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked, identity\nTransfer-Encoding: identity\n\n",
            "HTTP/1.1 200 OK\nTransfer-Encoding: chunked          \nTransfer_Encoding: identity\n\n",
        );
        assert_eq!(repairs, HeadRepairs { renamed_transfer_encoding: true, raised_version: false });
    }

    #[test]
    fn a_body_in_chunks_is_held_back_until_it_is_taken_or_passed_on() {
        for (coding, is_held) in [
            ("chunked", true),
            ("gzip, chunked", true),
            ("chunked, identity", true),
            ("identity", false),
            ("gzip", false),
        ] {
            for before in ["", "\r\n", "HTTP/1.1 100 Continue\r\n\r\n"] {
                let head =
                    format!("{before}HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n");
                let all = format!("{head}0\r\n\r\n");
                let mut filter = ResponseHeadFilter::default();
                filter.begin();
                let passed = filter.hold(&mut all.clone().into_bytes());
                assert_eq!(passed, if is_held { head.len() } else { all.len() }, "{head}");
                assert_eq!(filter.holds_chunks(), is_held);
                filter.pass_chunks();
                assert_eq!(filter.release(9), is_held.then(|| b"0\r\n\r\n".to_vec()));
                assert!(filter.is_passing());
            }
        }
    }

    #[test]
    fn chunked_raises_the_version_to_1_1() {
        let repairs = assert_filtered(
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        );
        assert_eq!(repairs, HeadRepairs { renamed_transfer_encoding: false, raised_version: true });
    }

    #[test]
    fn heads_after_informational_heads_are_repaired() {
        let text = |name| {
            format!(
                "HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.1 103 Early Hints\nLink: a\n\n\
                 HTTP/1.1 200 OK\r\n{name}: identity\r\n\r\n"
            )
        };
        assert!(
            assert_filtered(&text("transfer-encoding"), &text("transfer_encoding"))
                .renamed_transfer_encoding
        );
    }

    #[test]
    fn an_endless_head_is_passed_on() {
        let text = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(LONGEST + 5000));
        assert_eq!(filtered(&text, 4096).0, text);
    }
}
