//! What must hold for all bytes: the decoder does not panic, its result does not depend on how the bytes
//! are split, and an ordinary event is read as the SDK's parser reads it.
//!
//! `cargo test` runs this on `fuzz/seeds/frames`.

use bytes::Bytes;

use super::FrameSplitter;

/// The length of an empty frame: two lengths, their checksum, and the checksum of the frame.
const SHORTEST: usize = 16;

pub fn holds(bytes: &[u8]) {
    let corrected = corrected(bytes);
    for bytes in [bytes, &corrected] {
        let expected = decode(bytes, bytes.len().max(1));
        for size in [1, 7, 64] {
            assert_eq!(expected, decode(bytes, size), "in chunks of {size} bytes");
        }
    }
}

/// The frames, and the error that ended them.
fn decode(bytes: &[u8], size: usize) -> (Vec<String>, Option<String>) {
    let mut splitter = FrameSplitter::default();
    let mut messages = Vec::new();
    for chunk in bytes.chunks(size) {
        splitter.push(Bytes::copy_from_slice(chunk));
        loop {
            let frames = match splitter.next_frames(size) {
                Ok(Some(frames)) => frames,
                Ok(None) => break,
                Err(error) => {
                    assert!(
                        matches!(splitter.next_frames(size), Ok(None)),
                        "a frame after an error"
                    );
                    return (messages, Some(error.to_string()));
                }
            };
            for frame in frames {
                match frame.parse() {
                    Ok(message) => {
                        if let Some(event) = frame.ordinary_event() {
                            assert_eq!(event.json, &message.payload()[..]);
                        }
                        messages.push(format!("{message:?}"));
                    }
                    Err(error) => {
                        assert!(frame.ordinary_event().is_none(), "an event in a broken frame");
                        return (messages, Some(error.to_string()));
                    }
                }
            }
        }
    }
    (messages, splitter.unfinished().map(|error| error.to_string()))
}

/// The bytes as frames with correct checksums, which a fuzzer would rarely guess. If a frame begins
/// with a zero byte, its lengths are corrected too.
fn corrected(bytes: &[u8]) -> Vec<u8> {
    let mut corrected = bytes.to_vec();
    let mut rest = &mut corrected[..];
    while rest.len() >= SHORTEST {
        let number = |at: usize| u32::from_be_bytes(rest[at..at + 4].try_into().unwrap());
        let (mut total, mut headers) = (number(0), number(4));
        if rest[0] == 0 {
            let available = u32::try_from(rest.len()).unwrap();
            if !(SHORTEST as u32..=available).contains(&total) {
                total = available;
            }
            headers = headers.min(total - SHORTEST as u32);
        }
        rest[..4].copy_from_slice(&total.to_be_bytes());
        rest[4..8].copy_from_slice(&headers.to_be_bytes());
        let checksum = crc32fast::hash(&rest[..8]);
        rest[8..12].copy_from_slice(&checksum.to_be_bytes());
        let total = total as usize;
        if !(SHORTEST..=rest.len()).contains(&total) {
            break;
        }
        let (frame, after) = rest.split_at_mut(total);
        let (message, checksum) = frame.split_at_mut(total - 4);
        checksum.copy_from_slice(&crc32fast::hash(message).to_be_bytes());
        rest = after;
    }
    corrected
}
