//! Takes a body in chunks (`Transfer-Encoding: chunked`) out of its chunks.

use bytes::{Buf, Bytes, BytesMut};

/// How many bytes extensions and trailers may have together. Nobody reads them.
const MAX_EXTRA_BYTES: usize = 16 * 1024;

/// Where in the chunks of one body a connection is.
#[derive(Debug, Default)]
pub struct ChunkDecoder {
    state: State,
    /// How many bytes of the current chunk are left.
    left: u64,
    extra_bytes: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Size,
    MoreSize,
    BlankAfterSize,
    Extension,
    SizeLineFeed,
    Data,
    DataReturn,
    DataLineFeed,
    /// At the beginning of a line after the last chunk. An empty line ends the body.
    TrailerLine,
    Trailer,
    LastLineFeed,
    Ended,
}

impl ChunkDecoder {
    /// Takes the next data out of the bytes that have arrived, without a copy. `None` if nothing is left
    /// but what follows the body. The error is a text.
    pub fn next(&mut self, arrived: &mut BytesMut) -> Result<Option<Bytes>, &'static str> {
        let mut taken = 0;
        for byte in arrived.iter() {
            if matches!(self.state, State::Data | State::Ended) {
                break;
            }
            self.state = self.after(*byte)?;
            taken += 1;
        }
        arrived.advance(taken);
        if self.state != State::Data || arrived.is_empty() {
            return Ok(None);
        }
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(arrived.len());
        self.left -= length as u64;
        if self.left == 0 {
            self.state = State::DataReturn;
        }
        Ok(Some(arrived.split_to(length).freeze()))
    }

    pub fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// The state after a byte that is not data.
    fn after(&mut self, byte: u8) -> Result<State, &'static str> {
        Ok(match (self.state, byte) {
            (State::Size | State::MoreSize, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                let left = self.left.checked_mul(16).ok_or("a chunk size is too large")?;
                self.left = left + u64::from(digit);
                State::MoreSize
            }
            (State::MoreSize | State::BlankAfterSize, b' ' | b'\t') => State::BlankAfterSize,
            (State::MoreSize | State::BlankAfterSize, b';') => State::Extension,
            (State::MoreSize | State::BlankAfterSize | State::Extension, b'\r') => {
                State::SizeLineFeed
            }
            (State::Extension, b'\n') => return Err("a chunk extension contains a line feed"),
            (State::Extension, _) => self.extra(State::Extension)?,
            (State::SizeLineFeed, b'\n') if self.left == 0 => State::TrailerLine,
            (State::SizeLineFeed, b'\n') => State::Data,
            (State::DataReturn, b'\r') => State::DataLineFeed,
            (State::DataLineFeed, b'\n') => State::Size,
            (State::TrailerLine, b'\r') => State::LastLineFeed,
            (State::Trailer, b'\n') => State::TrailerLine,
            (State::TrailerLine | State::Trailer, _) => self.extra(State::Trailer)?,
            (State::LastLineFeed, b'\n') => State::Ended,
            (State::DataReturn | State::DataLineFeed, _) => {
                return Err("a chunk is longer than its size");
            }
            _ => return Err("a chunk size is invalid"),
        })
    }

    fn extra(&mut self, state: State) -> Result<State, &'static str> {
        self.extra_bytes += 1;
        if self.extra_bytes < MAX_EXTRA_BYTES {
            Ok(state)
        } else {
            Err("the extensions and trailers of chunks are too long")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The data, what follows the body, and whether the body has ended. The text arrives in pieces of
    /// this size.
    fn decoded(text: &[u8], size: usize) -> Result<(Vec<u8>, Vec<u8>, bool), &'static str> {
        let mut decoder = ChunkDecoder::default();
        let (mut data, mut arrived) = (Vec::new(), BytesMut::new());
        for piece in text.chunks(size) {
            arrived.extend_from_slice(piece);
            while let Some(part) = decoder.next(&mut arrived)? {
                data.extend(part);
            }
        }
        Ok((data, arrived.to_vec(), decoder.has_ended()))
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_have_the_same_data(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..8),
            blanks in "[ \t]{0,2}",
            extension in "(;[a-z=\"; ]{0,9})?",
            trailers in prop::collection::vec("[A-Z]: [a-z]{0,9}\r\n", 0..3),
            after in "[a-z0-9\r\n]{0,5}",
            size in 1_usize..50,
        ) {
            let mut text = Vec::new();
            for chunk in &chunks {
                text.extend(format!("0{:X}{blanks}{extension}\r\n", chunk.len()).bytes());
                text.extend(chunk);
                text.extend(b"\r\n");
            }
            text.extend(format!("0\r\n{}\r\n", trailers.concat()).bytes());
            let whole = chunks.concat();
            let cut = decoded(&text[..text.len() - 1], size).unwrap();
            prop_assert_eq!(cut, (whole.clone(), Vec::new(), false));
            text.extend(after.bytes());
            let ended = decoded(&text, size).unwrap();
            prop_assert_eq!(ended, (whole, after.into_bytes(), true));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = decoded(&bytes, 7);
        }
    }

    #[test]
    fn chunks_that_are_not_allowed_are_refused() {
        let long = "a".repeat(MAX_EXTRA_BYTES);
        for text in [
            "\r\n",
            "z",
            ";",
            " 1\r\n",
            "-1\r\n",
            "0x1\r\n",
            "1_0\r\n",
            "1\n",
            "1 1\r\n",
            "1\rx",
            "1;a\n",
            "1\r\nab",
            "1\r\na\n",
            "1\r\na\rb",
            "1\r\na\r\n\r\n",
            "fffffffffffffffff\r\n",
            "0\r\n\rX",
            &format!("1;{long}"),
            &format!("0\r\n{long}"),
        ] {
            assert!(decoded(text.as_bytes(), 3).is_err(), "{text}");
        }
    }
}
