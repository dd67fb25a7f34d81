//! What faults do to a response that is otherwise correct.

use super::fault::{BreakPoint, Fault};
use crate::local::event_stream::frames::Frames;
use crate::local::http::paced_body::Interruption;
use crate::local::service_error::ServiceError;

/// A length that no reader accepts: botocore's limit is 24 MiB, other readers' limit is 16 MiB.
const OVERSIZED: u32 = 0x7FFF_FFFF;
/// How many bytes of a frame's prelude its first checksum covers.
const PRELUDE: usize = 8;

/// Applies the faults that come before any response: waits, or returns the error that replaces it.
pub(crate) async fn before_response(faults: &[Fault]) -> Result<(), ServiceError> {
    for fault in faults {
        match fault {
            Fault::SlowFirstByte(time) => tokio::time::sleep(*time).await,
            Fault::Error(error) => return Err(error.clone()),
            _ => {}
        }
    }
    Ok(())
}

/// Whether this fault breaks the connection before the response's headers.
pub(crate) fn breaks_before_headers(fault: &Fault) -> bool {
    matches!(fault, Fault::Reset(BreakPoint::Headers) | Fault::HalfClose(BreakPoint::Headers))
}

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
        Fault::ExceptionFrame { after, error } => {
            let (start, _) = frames.span(*after);
            frames.truncate(start);
            frames.exception(error);
        }
        _ => {}
    }
}

/// Every interruption of a body of `length` bytes, sorted by the number of bytes before it.
/// `frames` are the body's, if it is an event stream.
pub(crate) fn interruptions(
    faults: &[Fault],
    length: usize,
    frames: Option<&Frames>,
) -> Vec<(usize, Interruption)> {
    let mut found: Vec<_> =
        faults.iter().filter_map(|fault| interruption(fault, length, frames)).collect();
    found.sort_by_key(|(place, _)| *place);
    found
}

fn interruption(
    fault: &Fault,
    length: usize,
    frames: Option<&Frames>,
) -> Option<(usize, Interruption)> {
    let place = |place: &BreakPoint| match (place, frames) {
        (BreakPoint::Headers, _) => None,
        (BreakPoint::Body(Some(bytes)), _) => Some(*bytes.min(&length)),
        (BreakPoint::Frame(frame), Some(frames)) => {
            let (start, end) = frames.span(*frame);
            Some(start + (end - start) / 2)
        }
        (BreakPoint::Body(None) | BreakPoint::Frame(_), _) => Some(length / 2),
    };
    match fault {
        Fault::Stall { after, pause } => {
            let bytes = match frames {
                Some(frames) => after.checked_sub(1).map_or(0, |last| frames.span(last).1),
                None => *after.min(&length),
            };
            Some((bytes, Interruption::Pause(*pause)))
        }
        Fault::Reset(at) => Some((place(at)?, Interruption::Reset)),
        Fault::HalfClose(at) => Some((place(at)?, Interruption::HalfClose)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_eventstream::frame::read_message_from;
    use std::time::Duration;

    fn frames() -> Frames {
        let mut frames = Frames::new(1);
        for _ in 0..3 {
            frames.event("contentBlockStop", "{\"contentBlockIndex\":0}", false);
        }
        frames
    }

    /// The number of readable frames, and the error after them.
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
        let error = ServiceError::named("ThrottlingException", None, None);
        damage(&mut frames, &Fault::ExceptionFrame { after: 2, error });
        assert_eq!(read(&frames), (3, None));
        assert!(String::from_utf8_lossy(&frames.bytes).contains("throttlingException"));
    }

    #[test]
    fn places_are_bytes_frames_or_halves() {
        let frames = frames();
        let ends: Vec<usize> = frames.marks.iter().map(|mark| mark.end).collect();
        let at = |fault: Fault| interruption(&fault, 100, Some(&frames)).map(|(place, _)| place);
        assert_eq!(at(Fault::Reset(BreakPoint::Headers)), None);
        assert_eq!(at(Fault::Reset(BreakPoint::Body(Some(7)))), Some(7));
        assert_eq!(at(Fault::Reset(BreakPoint::Body(Some(101)))), Some(100));
        assert_eq!(at(Fault::Reset(BreakPoint::Body(None))), Some(50));
        assert_eq!(at(Fault::HalfClose(BreakPoint::Frame(0))), Some(ends[0] / 2));
        let pause = Some(Duration::from_secs(1));
        assert_eq!(at(Fault::Stall { after: 2, pause }), Some(ends[1]));
        assert_eq!(at(Fault::Stall { after: 0, pause }), Some(0));
        assert_eq!(
            interruption(&Fault::Reset(BreakPoint::Frame(3)), 100, None),
            Some((50, Interruption::Reset))
        );
    }
}
