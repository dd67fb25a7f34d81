//! The body of a request.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use aws_lc_rs::digest::{Digest, SHA256, digest};
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// From this size on, what was computed for a body is kept: its text and its hash.
const LARGE: usize = 32 << 10;

/// The body of a request, complete in memory. The input of a two-way stream, which is a stream of
/// signed frames, will be another form of this type.
#[derive(Debug, Clone)]
pub enum RequestBody {
    Small(Bytes),
    Large(Arc<LargeBody>),
}

/// A body whose clones share what is computed for it.
#[derive(Debug)]
pub struct LargeBody {
    text: Bytes,
    /// Each is inserted into `text` as base64, at its position. They are in the order of positions.
    blobs: Vec<(usize, Bytes)>,
    /// The text with the blobs.
    whole: OnceLock<Bytes>,
    sha256: OnceLock<Digest>,
}

impl RequestBody {
    /// A text into which blobs are inserted as base64, each at its position. They are encoded when the
    /// bytes are first asked for: by the thread that sends the request, without the GIL.
    pub fn with_blobs(text: Bytes, blobs: Vec<(usize, Bytes)>) -> Self {
        if blobs.is_empty() && text.len() < LARGE {
            return RequestBody::Small(text);
        }
        let (whole, sha256) = (OnceLock::new(), OnceLock::new());
        RequestBody::Large(Arc::new(LargeBody { text, blobs, whole, sha256 }))
    }

    /// The bytes that are not sent yet.
    pub fn bytes(&self) -> &Bytes {
        match self {
            RequestBody::Small(bytes) => bytes,
            RequestBody::Large(body) if body.blobs.is_empty() => &body.text,
            RequestBody::Large(body) => body.whole.get_or_init(|| body.encode()),
        }
    }

    /// The number of these bytes.
    pub fn len(&self) -> usize {
        match self {
            RequestBody::Small(bytes) => bytes.len(),
            RequestBody::Large(body) => body.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The SHA-256 hash of the bytes.
    pub fn sha256(&self) -> Digest {
        match self {
            RequestBody::Small(bytes) => digest(&SHA256, bytes),
            RequestBody::Large(body) => *body.sha256.get_or_init(|| digest(&SHA256, self.bytes())),
        }
    }
}

impl LargeBody {
    fn len(&self) -> usize {
        let blobs =
            self.blobs.iter().map(|(_, blob)| base64_simd::STANDARD.encoded_length(blob.len()));
        self.text.len() + blobs.sum::<usize>()
    }

    fn encode(&self) -> Bytes {
        // Space for all of it at once: a buffer that grows is copied several times, into pages that
        // the kernel must provide first.
        let mut whole = Vec::with_capacity(self.len());
        let mut copied = 0;
        for (position, blob) in &self.blobs {
            whole.extend_from_slice(self.text.get(copied..*position).unwrap_or_default());
            base64_simd::STANDARD.encode_append(blob, &mut whole);
            copied = *position;
        }
        whole.extend_from_slice(self.text.get(copied..).unwrap_or_default());
        Bytes::from(whole)
    }
}

impl Default for RequestBody {
    fn default() -> Self {
        RequestBody::Small(Bytes::new())
    }
}

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> Self {
        RequestBody::with_blobs(bytes, Vec::new())
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = std::mem::take(&mut *self).bytes().clone();
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that tell whether they are still held.
    fn owned(length: usize) -> (Bytes, std::sync::Weak<Vec<u8>>) {
        struct Held(Arc<Vec<u8>>);
        impl AsRef<[u8]> for Held {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
        let bytes: Arc<Vec<u8>> =
            Arc::new((0..length).map(|number| (number % 251) as u8).collect());
        let watched = Arc::downgrade(&bytes);
        (Bytes::from_owner(Held(bytes)), watched)
    }

    fn whole(body: RequestBody) -> Bytes {
        let mut body = std::pin::pin!(body);
        let mut frame =
            || match body.as_mut().poll_frame(&mut Context::from_waker(std::task::Waker::noop())) {
                Poll::Ready(Some(Ok(frame))) => frame.into_data().ok(),
                _ => None,
            };
        let data = frame().unwrap_or_default();
        assert_eq!(frame(), None);
        data
    }

    #[test]
    fn blobs_are_inserted_as_base64_where_they_belong() {
        for lengths in [[0, 1], [2, 3], [40_000, 100_001]] {
            let blobs = lengths.map(|length| owned(length).0);
            let encoded = blobs.each_ref().map(|blob| base64_simd::STANDARD.encode_to_string(blob));
            let [first, second] = blobs;
            let body = RequestBody::with_blobs(
                Bytes::from_static(b"{\"a\":\"\",\"b\":\"\"}"),
                vec![(6, first), (13, second)],
            );
            let expected = format!("{{\"a\":\"{}\",\"b\":\"{}\"}}", encoded[0], encoded[1]);
            assert_eq!(body.len(), expected.len());
            assert_eq!(body.size_hint().exact(), Some(expected.len() as u64));
            assert_eq!(body.bytes(), expected.as_bytes());
            assert_eq!(body.sha256().as_ref(), digest(&SHA256, expected.as_bytes()).as_ref());
            assert_eq!(whole(body), expected.as_bytes());
        }
    }

    #[test]
    fn a_large_body_is_neither_copied_nor_encoded_again() {
        let (bytes, _) = owned(100_000);
        let address = bytes.as_ptr();
        assert_eq!(whole(RequestBody::from(bytes)).as_ptr(), address);
        let body = RequestBody::with_blobs(Bytes::new(), vec![(0, owned(100_000).0)]);
        let retried = body.clone();
        assert_eq!(whole(body).as_ptr(), whole(retried).as_ptr());
    }

    #[test]
    fn a_body_is_held_until_its_last_copy_is_dropped() {
        for is_blob in [false, true] {
            let (bytes, held) = owned(50_000);
            let body = match is_blob {
                false => RequestBody::from(bytes),
                true => RequestBody::with_blobs(Bytes::new(), vec![(0, bytes)]),
            };
            let copy = body.clone();
            drop(whole(body));
            assert!(held.upgrade().is_some());
            drop(copy);
            assert!(held.upgrade().is_none());
        }
    }

    #[test]
    fn an_empty_body_has_no_frames() {
        assert_eq!(whole(RequestBody::default()), Bytes::new());
        assert!(RequestBody::default().is_end_stream());
    }
}
