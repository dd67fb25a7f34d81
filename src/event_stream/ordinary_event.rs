//! Frames of ordinary events, read in place: with the SDK's parser, which makes a value of each header,
//! a third of an event's time was spent here.

/// The prelude: the lengths of the frame and of its headers, and their checksum.
pub(super) const PRELUDE_BYTES: usize = 12;
pub(super) const CHECKSUM_BYTES: usize = 4;
const TEXT: u8 = 7;
const MAX_VALUE_BYTES: usize = i16::MAX as usize;

/// What the frame of an event with JSON says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrdinaryEvent<'a> {
    /// ASCII.
    pub event_type: &'a [u8],
    pub json: &'a [u8],
}

impl<'a> OrdinaryEvent<'a> {
    /// `None` for any other frame, and for a broken one: the SDK's parser knows what it is, or what is
    /// wrong with it. `frame` is complete, and its prelude has been checked.
    pub(super) fn read(frame: &'a [u8]) -> Option<Self> {
        let (message, checksum) = frame.split_last_chunk::<CHECKSUM_BYTES>()?;
        let (prelude, rest) = message.split_first_chunk::<PRELUDE_BYTES>()?;
        let (_, length) = prelude.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length.first_chunk::<4>()?);
        let (mut headers, json) = rest.split_at_checked(length.try_into().ok()?)?;
        let (mut event_type, mut content_type, mut message_type) = (None, None, None);
        while !headers.is_empty() {
            let (name, value, after) = split_header(headers)?;
            let place = match name {
                b":event-type" => &mut event_type,
                b":content-type" => &mut content_type,
                b":message-type" => &mut message_type,
                _ => return None,
            };
            if place.replace(value).is_some() {
                return None;
            }
            headers = after;
        }
        let event_type = event_type.filter(|name| name.is_ascii())?;
        let is_ordinary = message_type == Some(b"event")
            && content_type == Some(b"application/json")
            && crc32fast::hash(message) == u32::from_be_bytes(*checksum);
        is_ordinary.then_some(OrdinaryEvent { event_type, json })
    }
}

/// The name and the value of the first header, which is text, and what follows.
fn split_header(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(length.into())?;
    let (&kind, rest) = rest.split_first()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (value, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let is_text = kind == TEXT && (1..=MAX_VALUE_BYTES).contains(&value.len());
    is_text.then_some((name, value, rest))
}

#[cfg(test)]
mod tests {
    use aws_smithy_eventstream::frame::{read_message_from, write_message_to};
    use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
    use proptest::prelude::*;

    use super::*;

    fn text(value: &str) -> HeaderValue {
        HeaderValue::String(value.to_owned().into())
    }

    fn ordinary(event_type: &str) -> Vec<(&'static str, HeaderValue)> {
        vec![
            (":event-type", text(event_type)),
            (":content-type", text("application/json")),
            (":message-type", text("event")),
        ]
    }

    fn frame(headers: &[(&'static str, HeaderValue)], payload: &[u8]) -> Vec<u8> {
        let mut message = Message::new(payload.to_vec());
        for (name, value) in headers {
            message = message.add_header(Header::new(*name, value.clone()));
        }
        let mut bytes = Vec::new();
        write_message_to(&message, &mut bytes).unwrap();
        bytes
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
    fn is_read_as_by_the_sdk(bytes: &[u8]) -> bool {
        let Some(event) = OrdinaryEvent::read(bytes) else { return false };
        let message = read_message_from(bytes).unwrap();
        let value = |name: &str| {
            let mut named =
                message.headers().iter().filter(|header| header.name().as_str() == name);
            let value = named.next().unwrap().value().as_string().unwrap().as_str().to_owned();
            assert!(named.next().is_none(), "{name} is there twice");
            value
        };
        assert_eq!(message.headers().len(), 3);
        assert_eq!(value(":event-type").as_bytes(), event.event_type);
        assert_eq!(value(":content-type"), "application/json");
        assert_eq!(value(":message-type"), "event");
        assert_eq!(event.json, &message.payload()[..]);
        true
    }

    proptest! {
        #[test]
        fn an_event_is_read_whatever_the_order_of_its_headers(
            headers in Just(()).prop_flat_map(|()| "[a-zA-Z]{1,40}").prop_flat_map(|event_type| {
                Just(ordinary(&event_type)).prop_shuffle()
            }),
            payload in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            prop_assert!(is_read_as_by_the_sdk(&frame(&headers, &payload)));
        }

        #[test]
        fn no_broken_frame_is_read(
            payload in prop::collection::vec(any::<u8>(), 0..20),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            is_corrected in any::<bool>(),
        ) {
            let mut bytes = frame(&ordinary("chunk"), &payload);
            for (index, byte) in changes {
                // Not the length of the frame, which has been checked.
                let index = 4 + index.index(bytes.len() - 4);
                bytes[index] = byte;
            }
            is_read_as_by_the_sdk(&if is_corrected { corrected(bytes) } else { bytes });
        }
    }

    #[test]
    fn other_frames_are_left_to_the_sdk() {
        let with = |index: usize, header: (&'static str, HeaderValue)| {
            let mut headers = ordinary("chunk");
            headers[index] = header;
            headers
        };
        let mut without = ordinary("chunk");
        without.remove(1);
        for headers in [
            without,
            with(0, (":event-type", HeaderValue::ByteArray("chunk".into()))),
            with(0, (":event-type", text(""))),
            with(0, (":event-type", text("événement"))),
            with(0, (":exception-type", text("throttlingException"))),
            with(1, (":content-type", text("text/plain"))),
            with(2, (":message-type", text("exception"))),
            [ordinary("chunk"), vec![("other", HeaderValue::Bool(true))]].concat(),
            [ordinary("chunk"), vec![(":event-type", text("chunk"))]].concat(),
        ] {
            assert!(!is_read_as_by_the_sdk(&frame(&headers, b"{}")), "{headers:?}");
        }
        let mut broken = frame(&ordinary("chunk"), b"{}");
        assert!(is_read_as_by_the_sdk(&broken));
        *broken.last_mut().unwrap() ^= 1;
        assert!(!is_read_as_by_the_sdk(&broken));
    }
}
