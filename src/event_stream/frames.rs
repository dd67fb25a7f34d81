//! Splits the bytes of a body into the frames of an event stream.
//!
//! `aws-smithy-eventstream` parses the frames that are not as simple as those of events. The prelude is
//! checked here, as soon as its 12 bytes have arrived: a corrupt length must not make a reader wait for
//! gigabytes.

use std::collections::HashSet;

use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::{Buf, Bytes, BytesMut};

use super::text_frame::TextFrame;
use crate::error::{Error, Kind};
use crate::runtime::bounded_queue::ByteSize;

const PRELUDE_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 4;
/// Chunks from this size on become the buffer. Smaller ones are copied into it.
const LARGE_CHUNK: usize = 4096;
const MAX_HEADERS_BYTES: i64 = 128 * 1024;
const MAX_PAYLOAD_BYTES: i64 = 24 * 1024 * 1024;

/// One frame: its headers and its payload.
#[derive(Debug)]
pub enum Frame {
    Text(TextFrame),
    Other(Message),
}

impl Frame {
    pub fn headers(&self) -> Vec<Header> {
        let header = |(name, value): (&str, &str)| {
            Header::new(name.to_owned(), HeaderValue::String(value.to_owned().into()))
        };
        match self {
            Frame::Text(frame) => frame.headers().map(header).collect(),
            Frame::Other(message) => message.headers().to_vec(),
        }
    }

    pub fn payload(&self) -> &[u8] {
        match self {
            Frame::Text(frame) => frame.payload(),
            Frame::Other(message) => message.payload(),
        }
    }

    /// The value of a string header, e.g. `:event-type`.
    pub fn text(&self, name: &str) -> Option<&str> {
        let message = match self {
            Frame::Text(frame) => return frame.text(name),
            Frame::Other(message) => message,
        };
        let header = message.headers().iter().find(|header| header.name().as_str() == name)?;
        match header.value() {
            HeaderValue::String(text) => Some(text.as_str()),
            _ => None,
        }
    }
}

/// The bytes of one complete frame, not yet parsed.
#[derive(Debug)]
pub struct RawFrame(Bytes);

impl RawFrame {
    pub fn parse(&self) -> Result<Frame, Error> {
        if let Some(frame) = TextFrame::read(&self.0) {
            return Ok(Frame::Text(frame));
        }
        let bytes = &self.0[..];
        let message = read_message_from(bytes).map_err(|error| explain(bytes, &error))?;
        match duplicate(message.headers()) {
            Some(name) => {
                Err(invalid("DuplicateHeader", format!("Duplicate header present: \"{name}\"")))
            }
            None => Ok(Frame::Other(message)),
        }
    }
}

impl ByteSize for RawFrame {
    fn byte_size(&self) -> usize {
        self.0.len()
    }
}

/// Takes chunks of any size and returns complete frames.
///
/// If the thread that receives the bytes is not the one that uses the frames, it only splits, and the
/// other one parses.
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

    /// The next complete frame; `None` if more bytes are needed, and after an error.
    pub fn next_frame(&mut self) -> Result<Option<RawFrame>, Error> {
        if self.failed {
            return Ok(None);
        }
        let outcome = self.split();
        self.failed = outcome.is_err();
        outcome
    }

    /// An error if the bytes so far end inside a frame. It is returned once.
    pub fn unfinished(&mut self) -> Option<Error> {
        let unfinished = !self.failed && !self.buffer.is_empty();
        self.failed = true;
        let error = "the event stream ended inside a frame".to_owned();
        unfinished.then(|| Error::new(Kind::ResponseStreaming { error }))
    }

    fn split(&mut self) -> Result<Option<RawFrame>, Error> {
        let length = match self.length {
            Some(length) => length,
            None => match check_prelude(&self.buffer)? {
                Some(length) => *self.length.insert(length),
                None => return Ok(None),
            },
        };
        if self.buffer.len() < length {
            self.buffer.reserve(length - self.buffer.len());
            return Ok(None);
        }
        self.length = None;
        Ok(Some(RawFrame(self.buffer.split_to(length).freeze())))
    }
}

/// Splits and parses.
#[derive(Debug, Default)]
pub struct FrameDecoder(FrameSplitter);

impl FrameDecoder {
    pub fn push(&mut self, bytes: Bytes) {
        self.0.push(bytes);
    }

    /// The next frame; `None` if more bytes are needed, and after an error.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Error> {
        let Some(frame) = self.0.next_frame()? else { return Ok(None) };
        let parsed = frame.parse();
        self.0.failed = parsed.is_err();
        parsed.map(Some)
    }

    /// An error if the bytes so far end inside a frame. It is returned once.
    pub fn unfinished(&mut self) -> Option<Error> {
        self.0.unfinished()
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
    if headers.len() <= 8 {
        // Cheaper than a set. An event has three headers.
        return names.clone().enumerate().find_map(|(index, name)| {
            names.clone().take(index).any(|earlier| earlier == name).then_some(name)
        });
    }
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

    fn drain(decoder: &mut FrameDecoder) -> Vec<(String, Vec<u8>)> {
        let mut out = Vec::new();
        while let Some(frame) = decoder.next_frame().unwrap() {
            out.push((frame.text(":event-type").unwrap().to_owned(), frame.payload().to_vec()));
        }
        out
    }

    proptest! {
        #[test]
        fn chunks_of_any_size_have_the_same_frames(
            frames in prop::collection::vec(("[a-z]{1,12}", prop::collection::vec(any::<u8>(), 0..200)), 1..6),
            sizes in prop::collection::vec(1usize..40, 1..60),
        ) {
            let bytes = encoded(&frames);
            let mut decoder = FrameDecoder::default();
            let mut out = Vec::new();
            let (mut rest, mut count) = (&bytes[..], 0);
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at(sizes[count % sizes.len()].min(rest.len()));
                decoder.push(Bytes::copy_from_slice(chunk));
                out.extend(drain(&mut decoder));
                (rest, count) = (after, count + 1);
            }
            prop_assert_eq!(out, frames);
            prop_assert!(decoder.unfinished().is_none());
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
            let mut decoder = FrameDecoder::default();
            decoder.push(Bytes::from(bytes));
            let error = decoder.next_frame().unwrap_err();
            prop_assert_eq!(error.class_name(), "ChecksumMismatch");
            prop_assert!(decoder.next_frame().unwrap().is_none());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut decoder = FrameDecoder::default();
            decoder.push(Bytes::from(bytes));
            while let Ok(Some(_)) = decoder.next_frame() {}
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
        let mut decoder = FrameDecoder::default();
        decoder.push(Bytes::from(prelude));
        let error = decoder.next_frame().unwrap_err();
        assert_eq!(error.class_name(), "InvalidPayloadLength");
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
                let mut decoder = FrameDecoder::default();
                decoder.push(Bytes::from(bytes));
                assert_eq!(decoder.next_frame().is_ok(), is_fine, "{last} among {count}");
            }
        }
    }

    #[test]
    fn an_end_inside_a_frame_is_an_error() {
        let bytes = encoded(&[("chunk".to_owned(), vec![1, 2, 3])]);
        let mut decoder = FrameDecoder::default();
        decoder.push(Bytes::copy_from_slice(&bytes[..bytes.len() - 1]));
        assert!(decoder.next_frame().unwrap().is_none());
        assert!(decoder.unfinished().is_some());
        assert!(decoder.unfinished().is_none());
    }
}
