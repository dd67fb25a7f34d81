//! JSON as it is written, without its large blobs.

use std::cell::{Cell, RefCell};
use std::io;

use bytes::Bytes;
use serde::ser::Serialize;

use super::base64::Base64Formatter;
use crate::codec::fall_back::FallBack;

/// The JSON of a value, and what its parts share while it is written.
#[derive(Default)]
pub struct Json {
    text: RefCell<Vec<u8>>,
    blobs: RefCell<Vec<(usize, Bytes)>>,
    /// How deeply the part that is written now is nested.
    pub depth: Cell<usize>,
}

/// A JSON text into which large blobs are still to be inserted as base64, each at its position.
pub type JsonWithBlobs = (Vec<u8>, Vec<(usize, Bytes)>);

impl Json {
    /// Writes a value whose parts refer to this JSON.
    pub fn write(&self, value: &impl Serialize) -> Result<JsonWithBlobs, FallBack> {
        self.text.replace(Vec::with_capacity(512));
        let mut serializer =
            serde_json::Serializer::with_formatter(Text(&self.text), Base64Formatter);
        value.serialize(&mut serializer).map_err(|_| FallBack)?;
        Ok((self.text.take(), self.blobs.take()))
    }

    /// Notes that a blob belongs into the empty string that is written next.
    pub fn insert_into_next_string(&self, blob: Bytes) {
        let quote = self.text.borrow().len();
        self.blobs.borrow_mut().push((quote + 1, blob));
    }
}

struct Text<'a>(&'a RefCell<Vec<u8>>);

impl io::Write for Text<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
