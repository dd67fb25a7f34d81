//! What faults do to an answer that is otherwise right.

use super::body::Turn;
use super::faults::{Fault, Place};
use super::frames::Frames;

/// A length that no reader accepts: botocore stops at 24 MiB, others at 16.
const OVERSIZED: u32 = 0x7FFF_FFFF;
/// Bytes of a frame's prelude that its first checksum covers.
const PRELUDE: usize = 8;

/// Changes the frames of an event stream.
pub(crate) fn damage(frames: &mut Frames, fault: &Fault) {
    match fault {
        Fault::BadChecksum(frame) => {
            let (_, end) = frames.span(*frame);
            if let Some(last) = end.checked_sub(1).and_then(|at| frames.bytes.get_mut(at)) {
                *last ^= 0xFF;
            }
        }
        Fault::TruncatedFrame(frame) => {
            let (start, end) = frames.span(*frame);
            frames.truncate(start + (end - start) / 2);
        }
        Fault::OversizedFrame(frame) => {
            let (start, _) = frames.span(*frame);
            let Some(prelude) = frames.bytes.get_mut(start..start + PRELUDE + 4) else { return };
            let (lengths, checksum) = prelude.split_at_mut(PRELUDE);
            if let Some(total) = lengths.get_mut(..4) {
                total.copy_from_slice(&OVERSIZED.to_be_bytes());
            }
            checksum.copy_from_slice(&crc32fast::hash(lengths).to_be_bytes());
        }
        Fault::ExceptionFrame { after, failure } => {
            let (start, _) = frames.span(*after);
            frames.truncate(start);
            frames.exception(failure);
        }
        _ => {}
    }
}

/// Where in an answer of `length` bytes a fault pauses or breaks it; `frames` where it has any.
pub(crate) fn turn(fault: &Fault, length: usize, frames: Option<&Frames>) -> Option<(usize, Turn)> {
    let place = |place: &Place| match (place, frames) {
        (Place::Headers, _) => None,
        (Place::Body(Some(bytes)), _) => Some(*bytes.min(&length)),
        (Place::Frame(frame), Some(frames)) => {
            let (start, end) = frames.span(*frame);
            Some(start + (end - start) / 2)
        }
        (Place::Body(None) | Place::Frame(_), _) => Some(length / 2),
    };
    match fault {
        Fault::Stall { after, pause } => {
            let bytes = match frames {
                Some(frames) => after.checked_sub(1).map_or(0, |last| frames.span(last).1),
                None => *after.min(&length),
            };
            Some((bytes, Turn::Pause(*pause)))
        }
        Fault::Reset(at) => Some((place(at)?, Turn::Reset)),
        Fault::HalfClose(at) => Some((place(at)?, Turn::HalfClose)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::failure::Failure;
    use aws_smithy_eventstream::frame::read_message_from;
    use std::time::Duration;

    fn frames() -> Frames {
        let mut frames = Frames::new(1);
        for _ in 0..3 {
            frames.event("contentBlockStop", "{\"contentBlockIndex\":0}", false);
        }
        frames
    }

    /// How many frames can be read, and the error after them.
    fn read(frames: &Frames) -> (usize, Option<String>) {
        let mut rest = &frames.bytes[..];
        let mut count = 0;
        while !rest.is_empty() {
            match read_message_from(&mut rest) {
                Ok(_) => count += 1,
                Err(error) => return (count, Some(error.to_string())),
            }
        }
        (count, None)
    }

    #[test]
    fn damage_is_done_to_the_frame_that_was_named() {
        assert_eq!(read(&frames()), (3, None));
        for (fault, words) in [
            (Fault::BadChecksum(1), "checksum"),
            (Fault::TruncatedFrame(1), "length"),
            (Fault::OversizedFrame(1), "length"),
        ] {
            let mut frames = frames();
            damage(&mut frames, &fault);
            let (count, error) = read(&frames);
            assert_eq!(count, 1, "{fault:?}");
            assert!(error.as_ref().unwrap().contains(words), "{fault:?}: {error:?}");
        }
        let mut frames = frames();
        let failure = Failure::named("ThrottlingException", None, None);
        damage(&mut frames, &Fault::ExceptionFrame { after: 2, failure });
        assert_eq!(read(&frames), (3, None));
        assert!(String::from_utf8_lossy(&frames.bytes).contains("throttlingException"));
    }

    #[test]
    fn places_are_bytes_frames_or_halves() {
        let frames = frames();
        let ends: Vec<usize> = frames.marks.iter().map(|mark| mark.end).collect();
        let at = |fault: Fault| turn(&fault, 100, Some(&frames)).map(|(place, _)| place);
        assert_eq!(at(Fault::Reset(Place::Headers)), None);
        assert_eq!(at(Fault::Reset(Place::Body(Some(7)))), Some(7));
        assert_eq!(at(Fault::Reset(Place::Body(Some(101)))), Some(100));
        assert_eq!(at(Fault::Reset(Place::Body(None))), Some(50));
        assert_eq!(at(Fault::HalfClose(Place::Frame(0))), Some(ends[0] / 2));
        let pause = Some(Duration::from_secs(1));
        assert_eq!(at(Fault::Stall { after: 2, pause }), Some(ends[1]));
        assert_eq!(at(Fault::Stall { after: 0, pause }), Some(0));
        assert_eq!(turn(&Fault::Reset(Place::Frame(3)), 100, None), Some((50, Turn::Reset)));
    }
}
