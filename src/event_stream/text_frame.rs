//! Frames whose headers are text, as all headers of Bedrock's events are. They are read in place: with
//! the SDK's parser, which makes a value of each field, a third of an event's time was spent here.

use bytes::Bytes;

/// The prelude: the lengths of the frame and of its headers, and their checksum.
const PRELUDE_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 4;
const TEXT: u8 = 7;
const MAX_HEADERS: usize = 8;
const MAX_VALUE_BYTES: usize = i16::MAX as usize;

/// A frame that is correct, and whose headers are text.
#[derive(Debug)]
pub struct TextFrame {
    frame: Bytes,
    payload_at: usize,
}

impl TextFrame {
    /// `None` for any other frame: the SDK's parser knows what it is, or what is wrong with it. `frame`
    /// is complete, and its prelude has been checked.
    pub fn read(frame: &Bytes) -> Option<Self> {
        let (message, checksum) = frame.split_last_chunk::<CHECKSUM_BYTES>()?;
        if crc32fast::hash(message) != u32::from_be_bytes(*checksum) {
            return None;
        }
        let (_, rest) = message.split_first_chunk::<4>()?;
        let (length, _) = rest.split_first_chunk::<4>()?;
        let payload_at = PRELUDE_BYTES.checked_add(u32::from_be_bytes(*length).try_into().ok()?)?;
        let mut rest = message.get(PRELUDE_BYTES..payload_at)?;
        let mut names = [&b""[..]; MAX_HEADERS];
        for count in 0.. {
            if rest.is_empty() {
                break;
            }
            let (name, value, after) = split_header(rest)?;
            if ![name, value]
                .iter()
                .all(|text| text.is_ascii() || std::str::from_utf8(text).is_ok())
            {
                return None;
            }
            // A name is never empty, so the free places equal none.
            if names.contains(&name) {
                return None;
            }
            *names.get_mut(count)? = name;
            rest = after;
        }
        Some(TextFrame { frame: frame.clone(), payload_at })
    }

    /// Names and values.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut rest = self.header_bytes();
        std::iter::from_fn(move || {
            let (name, value, after) = split_header(rest)?;
            rest = after;
            Some((std::str::from_utf8(name).ok()?, std::str::from_utf8(value).ok()?))
        })
    }

    /// The value of a header.
    pub fn text(&self, wanted: &str) -> Option<&str> {
        let mut rest = self.header_bytes();
        loop {
            let (name, value, after) = split_header(rest)?;
            if name == wanted.as_bytes() {
                return std::str::from_utf8(value).ok();
            }
            rest = after;
        }
    }

    pub fn payload(&self) -> &[u8] {
        let end = self.frame.len() - CHECKSUM_BYTES;
        self.frame.get(self.payload_at..end).unwrap_or_default()
    }

    fn header_bytes(&self) -> &[u8] {
        self.frame.get(PRELUDE_BYTES..self.payload_at).unwrap_or_default()
    }
}

/// The name and the value of the first header, and what follows.
fn split_header(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(length.into())?;
    let (&kind, rest) = rest.split_first()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (value, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let is_usual = kind == TEXT && !name.is_empty() && (1..=MAX_VALUE_BYTES).contains(&value.len());
    is_usual.then_some((name, value, rest))
}

#[cfg(test)]
mod tests {
    use aws_smithy_eventstream::frame::{read_message_from, write_message_to};
    use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
    use proptest::prelude::*;

    use super::*;

    fn frame(headers: &[(String, HeaderValue)], payload: &[u8]) -> Vec<u8> {
        let mut message = Message::new(payload.to_vec());
        for (name, value) in headers {
            message = message.add_header(Header::new(name.clone(), value.clone()));
        }
        let mut bytes = Vec::new();
        write_message_to(&message, &mut bytes).unwrap();
        bytes
    }

    fn text(value: &str) -> HeaderValue {
        HeaderValue::String(value.to_owned().into())
    }

    /// With correct checksums.
    fn corrected(mut bytes: Vec<u8>) -> Vec<u8> {
        let end = bytes.len() - CHECKSUM_BYTES;
        let prelude = crc32fast::hash(&bytes[..8]).to_be_bytes();
        bytes[8..PRELUDE_BYTES].copy_from_slice(&prelude);
        let whole = crc32fast::hash(&bytes[..end]).to_be_bytes();
        bytes[end..].copy_from_slice(&whole);
        bytes
    }

    /// Whether the frame was read. Then it is what the SDK's parser reads.
    fn is_read_as_by_the_sdk(bytes: Vec<u8>) -> bool {
        let bytes = Bytes::from(bytes);
        let Some(frame) = TextFrame::read(&bytes) else { return false };
        let message = read_message_from(&bytes[..]).unwrap();
        let expected = message.headers().iter().map(|header| {
            (
                header.name().as_str().to_owned(),
                header.value().as_string().unwrap().as_str().to_owned(),
            )
        });
        let expected: Vec<_> = expected.collect();
        let found = frame.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(frame.payload(), &message.payload()[..]);
        for (name, value) in &expected {
            assert_eq!(frame.text(name), Some(value.as_str()));
        }
        assert_eq!(frame.text("other"), None);
        true
    }

    proptest! {
        #[test]
        fn frames_with_text_alone_are_read(
            headers in prop::collection::btree_map("[a-zé:-]{1,12}", "[a-zé]{1,40}", 0..=8),
            payload in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let headers: Vec<_> =
                headers.iter().map(|(name, value)| (name.clone(), text(value))).collect();
            prop_assert!(is_read_as_by_the_sdk(frame(&headers, &payload)));
        }

        #[test]
        fn no_broken_frame_is_read(
            payload in prop::collection::vec(any::<u8>(), 0..20),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            is_corrected in any::<bool>(),
        ) {
            let headers = [(":a".to_owned(), text("bc")), ("d".to_owned(), text("e"))];
            let mut bytes = frame(&headers, &payload);
            for (index, byte) in changes {
                // Not the length of the frame, which has been checked.
                let index = 4 + index.index(bytes.len() - 4);
                bytes[index] = byte;
            }
            is_read_as_by_the_sdk(if is_corrected { corrected(bytes) } else { bytes });
        }
    }

    #[test]
    fn other_frames_are_left_to_the_sdk() {
        let named = |name: &str, value| (name.to_owned(), value);
        let many: Vec<_> = (0..9).map(|number| (number.to_string(), text("a"))).collect();
        for headers in [
            vec![named("a", HeaderValue::Bool(true))],
            vec![named("a", HeaderValue::ByteArray("b".into()))],
            vec![named("a", text("b")), named("c", text("d")), named("a", text("e"))],
            vec![named("a", text(""))],
            many,
        ] {
            assert!(!is_read_as_by_the_sdk(frame(&headers, b"payload")), "{headers:?}");
        }
        let mut broken = frame(&[named("a", text("b"))], b"payload");
        assert!(is_read_as_by_the_sdk(broken.clone()));
        *broken.last_mut().unwrap() ^= 1;
        assert!(!is_read_as_by_the_sdk(broken));
    }
}
