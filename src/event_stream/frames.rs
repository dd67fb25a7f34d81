//! Splits the bytes of a body into the frames of an event stream.
//!
//! `aws-smithy-eventstream` parses the frames that are not ordinary events. The prelude is checked here,
//! as soon as its 12 bytes have arrived: a corrupt length must not make a reader wait for gigabytes.

use std::collections::HashSet;

use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::{Header, Message};
use bytes::{Buf, Bytes, BytesMut};

use super::ordinary_event::{CHECKSUM_BYTES, OrdinaryEvent, PRELUDE_BYTES};
use crate::error::{Error, Kind};
use crate::runtime::bounded_queue::QueueItem;

/// Chunks from this size on become the buffer. Smaller ones are copied into it.
const LARGE_CHUNK: usize = 4096;
const MAX_HEADERS_BYTES: i64 = 128 * 1024;
const MAX_PAYLOAD_BYTES: i64 = 24 * 1024 * 1024;

/// The bytes of one complete frame, whose prelude has been checked.
#[derive(Debug)]
pub struct Frame(Bytes);

impl Frame {
    /// The event, if this is the intact frame of an ordinary one.
    pub fn ordinary_event(&self) -> Option<OrdinaryEvent<'_>> {
        OrdinaryEvent::read(&self.0)
    }

    /// The headers and the payload of any frame.
    pub fn parse(&self) -> Result<Message, Error> {
        let bytes = &self.0[..];
        let message = read_message_from(bytes).map_err(|error| explain(bytes, &error))?;
        match duplicate(message.headers()) {
            Some(name) => {
                Err(invalid("DuplicateHeader", format!("Duplicate header present: \"{name}\"")))
            }
            None => Ok(message),
        }
    }
}

/// Complete frames, one after the other.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Bytes,
    count: usize,
}

impl Iterator for Frames {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        let length = u32::from_be_bytes(*self.bytes.first_chunk::<4>()?);
        self.count = self.count.saturating_sub(1);
        Some(Frame(self.bytes.split_to(length.try_into().ok()?)))
    }
}

impl QueueItem for Frames {
    fn byte_size(&self) -> usize {
        self.bytes.len()
    }

    fn item_count(&self) -> usize {
        self.count
    }
}

/// Takes chunks of any size and returns complete frames.
#[derive(Debug, Default)]
pub struct FrameSplitter {
    buffer: BytesMut,
    /// The length of the first frame in the buffer, once its prelude has been checked.
    length: Option<usize>,
    failed: bool,
}

impl FrameSplitter {
    pub fn push(&mut self, bytes: Bytes) {
        // A small chunk is copied, so that a slow stream does not keep the whole read buffer of the
        // connection alive. A large one becomes the buffer if it has no other owner.
        if self.buffer.is_empty() && bytes.len() >= LARGE_CHUNK {
            self.buffer = bytes.try_into_mut().unwrap_or_else(|bytes| BytesMut::from(&bytes[..]));
        } else {
            self.buffer.extend_from_slice(&bytes);
        }
    }

    /// The complete frames so far, at most `limit` of them. `None` if more bytes are needed, and after
    /// an error, which comes after the frames before it.
    pub fn next_frames(&mut self, limit: usize) -> Result<Option<Frames>, Error> {
        let (mut count, mut end) = (0, 0);
        while count < limit && !self.failed {
            let rest = self.buffer.get(end..).unwrap_or_default();
            match self.length.map_or_else(|| check_prelude(rest), |length| Ok(Some(length))) {
                Ok(Some(length)) if length <= rest.len() => {
                    self.length = None;
                    (count, end) = (count + 1, end + length);
                }
                Ok(length) => {
                    self.length = length;
                    break;
                }
                Err(_) if count > 0 => break,
                Err(error) => {
                    self.failed = true;
                    return Err(error);
                }
            }
        }
        let frames =
            (count > 0).then(|| Frames { bytes: self.buffer.split_to(end).freeze(), count });
        if let Some(length) = self.length {
            self.buffer.reserve(length.saturating_sub(self.buffer.len()));
        }
        Ok(frames)
    }

    /// An error if the bytes so far end inside a frame. It is returned once.
    pub fn unfinished(&mut self) -> Option<Error> {
        let unfinished = !self.failed && !self.buffer.is_empty();
        self.failed = true;
        let error = "the event stream ended inside a frame".to_owned();
        unfinished.then(|| Error::new(Kind::ResponseStreaming { error }))
    }
}

/// The length of the whole frame; `None` until the prelude is complete.
fn check_prelude(bytes: &[u8]) -> Result<Option<usize>, Error> {
    let Some((prelude, _)) = bytes.split_first_chunk::<PRELUDE_BYTES>() else { return Ok(None) };
    let mut fields = &prelude[..];
    let (total, headers, expected) = (fields.get_u32(), fields.get_u32(), fields.get_u32());
    let calculated = crc32fast::hash(&prelude[..PRELUDE_BYTES - CHECKSUM_BYTES]);
    if expected != calculated {
        return Err(Error::new(Kind::ChecksumMismatch { expected, calculated }));
    }
    let headers = i64::from(headers);
    let payload = i64::from(total) - headers - (PRELUDE_BYTES + CHECKSUM_BYTES) as i64;
    if headers > MAX_HEADERS_BYTES {
        return Err(invalid(
            "InvalidHeadersLength",
            format!("Header length of {headers} exceeded the maximum of {MAX_HEADERS_BYTES}"),
        ));
    }
    if payload > MAX_PAYLOAD_BYTES {
        return Err(invalid(
            "InvalidPayloadLength",
            format!("Payload length of {payload} exceeded the maximum of {MAX_PAYLOAD_BYTES}"),
        ));
    }
    if payload < 0 {
        return Err(invalid("ParserError", format!("a frame of {total} bytes is too short")));
    }
    Ok(Some(total as usize))
}

/// Why a complete frame could not be parsed. As in botocore, its checksum is checked first.
fn explain(frame: &[u8], error: &aws_smithy_eventstream::error::Error) -> Error {
    if let Some((message, mut checksum)) = frame
        .split_last_chunk::<CHECKSUM_BYTES>()
        .map(|(message, checksum)| (message, &checksum[..]))
    {
        let (expected, calculated) = (checksum.get_u32(), crc32fast::hash(message));
        if expected != calculated {
            return Error::new(Kind::ChecksumMismatch { expected, calculated });
        }
    }
    invalid("ParserError", error.to_string())
}

fn duplicate(headers: &[Header]) -> Option<&str> {
    let mut names = headers.iter().map(|header| header.name().as_str());
    let mut seen = HashSet::with_capacity(headers.len());
    names.find(|name| !seen.insert(*name))
}

fn invalid(class: &'static str, message: String) -> Error {
    Error::new(Kind::InvalidFrame { class, message })
}

#[cfg(test)]
#[path = "../../fuzz/checks/frames.rs"]
mod fuzz_check;

#[cfg(test)]
mod tests {
    use aws_smithy_eventstream::frame::write_message_to;
    use aws_smithy_types::event_stream::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn encoded(frames: &[(String, Vec<u8>)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (kind, payload) in frames {
            let message = Message::new(payload.clone())
                .add_header(Header::new(":event-type", HeaderValue::String(kind.clone().into())));
            write_message_to(&message, &mut out).unwrap();
        }
        out
    }

    fn splitter(bytes: Vec<u8>) -> FrameSplitter {
        let mut splitter = FrameSplitter::default();
        splitter.push(Bytes::from(bytes));
        splitter
    }

    /// The messages that are complete, of which the splitter returns `limit` at a time.
    fn drain(splitter: &mut FrameSplitter, limit: usize) -> Result<Vec<Message>, Error> {
        let mut out = Vec::new();
        while let Some(frames) = splitter.next_frames(limit)? {
            let count = frames.item_count();
            let messages: Result<Vec<_>, _> = frames.map(|frame| frame.parse()).collect();
            out.extend(messages?);
            assert!((1..=limit).contains(&count));
        }
        Ok(out)
    }

    proptest! {
        #[test]
        fn chunks_of_any_size_have_the_same_frames(
            frames in prop::collection::vec(("[a-z]{1,12}", prop::collection::vec(any::<u8>(), 0..200)), 1..6),
            sizes in prop::collection::vec(1usize..400, 1..60),
            limit in 1usize..4,
        ) {
            let bytes = encoded(&frames);
            let mut splitter = FrameSplitter::default();
            let mut out = Vec::new();
            let (mut rest, mut count) = (&bytes[..], 0);
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at(sizes[count % sizes.len()].min(rest.len()));
                splitter.push(Bytes::copy_from_slice(chunk));
                out.extend(drain(&mut splitter, limit).unwrap());
                (rest, count) = (after, count + 1);
            }
            prop_assert!(splitter.unfinished().is_none());
            let event_type = |message: &Message| {
                message.headers()[0].value().as_string().unwrap().as_str().to_owned()
            };
            let out: Vec<_> =
                out.iter().map(|each| (event_type(each), each.payload().to_vec())).collect();
            prop_assert_eq!(out, frames);
        }

        #[test]
        fn any_flipped_byte_is_detected(
            payload in prop::collection::vec(any::<u8>(), 0..100),
            index in any::<prop::sample::Index>(),
            flip in 1u8..,
        ) {
            let mut bytes = encoded(&[("chunk".to_owned(), payload)]);
            let index = index.index(bytes.len());
            bytes[index] ^= flip;
            let error = drain(&mut splitter(bytes), 1).unwrap_err();
            prop_assert_eq!(error.class_name(), "ChecksumMismatch");
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = drain(&mut splitter(bytes), 2);
        }
    }

    #[test]
    fn inputs_that_the_fuzzer_found_stay_fixed() {
        let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/frames");
        let mut rng = fastrand::Rng::with_seed(2026);
        for seed in std::fs::read_dir(seeds).unwrap() {
            let seed = std::fs::read(seed.unwrap().path()).unwrap();
            fuzz_check::holds(&seed);
            for _ in 0..500 {
                let mut mutated = seed.clone();
                for _ in 0..rng.usize(1..6) {
                    let index = rng.usize(..mutated.len());
                    mutated[index] = rng.u8(..);
                }
                fuzz_check::holds(&mutated);
            }
        }
    }

    #[test]
    fn a_frame_beyond_24_mib_is_refused_at_its_prelude() {
        let mut prelude = Vec::new();
        prelude.extend_from_slice(&(24 * 1024 * 1024 + 17u32).to_be_bytes());
        prelude.extend_from_slice(&0u32.to_be_bytes());
        prelude.extend_from_slice(&crc32fast::hash(&prelude).to_be_bytes());
        let mut splitter = splitter(prelude);
        let error = splitter.next_frames(1).unwrap_err();
        assert_eq!(error.class_name(), "InvalidPayloadLength");
        assert!(splitter.next_frames(1).unwrap().is_none());
        assert!(splitter.unfinished().is_none());
    }

    #[test]
    fn frames_before_a_corrupt_one_come_first() {
        let mut bytes = encoded(&[("first".to_owned(), vec![1]), ("second".to_owned(), vec![2])]);
        bytes.extend([0xff; 12]);
        let mut splitter = splitter(bytes);
        assert_eq!(splitter.next_frames(10).unwrap().unwrap().count(), 2);
        assert_eq!(splitter.next_frames(10).unwrap_err().class_name(), "ChecksumMismatch");
    }

    #[test]
    fn a_repeated_header_is_refused_among_few_and_among_many() {
        for count in [2, 8, 9, 10_000] {
            let mut message = Message::new("");
            for number in 1..count {
                let value = HeaderValue::Bool(true);
                message = message.add_header(Header::new(format!("h{number}"), value));
            }
            for (last, is_fine) in [("h0", true), ("h1", false)] {
                let message = message.clone().add_header(Header::new(last, HeaderValue::Byte(1)));
                let mut bytes = Vec::new();
                write_message_to(&message, &mut bytes).unwrap();
                let parsed = drain(&mut splitter(bytes), 1);
                assert_eq!(parsed.is_ok(), is_fine, "{last} among {count}");
            }
        }
    }

    #[test]
    fn an_end_inside_a_frame_is_an_error() {
        let mut bytes = encoded(&[("chunk".to_owned(), vec![1, 2, 3])]);
        bytes.pop();
        let mut splitter = splitter(bytes);
        assert!(splitter.next_frames(1).unwrap().is_none());
        assert!(splitter.unfinished().is_some());
        assert!(splitter.unfinished().is_none());
    }
}
