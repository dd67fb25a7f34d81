//! Blobs in JSON: base64 written straight into the output, without a copy in between.

use std::io;

use serde_json::ser::Formatter;

/// Compact JSON with bytes as a base64 string.
pub struct Base64Formatter;

/// A multiple of 3, so that only the last chunk can have padding.
const CHUNK: usize = 3 * 4096;

impl Formatter for Base64Formatter {
    fn write_byte_array<W>(&mut self, writer: &mut W, value: &[u8]) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut buffer = [0u8; CHUNK / 3 * 4];
        writer.write_all(b"\"")?;
        for chunk in value.chunks(CHUNK) {
            let encoded =
                base64_simd::STANDARD.encode(chunk, base64_simd::Out::from_slice(&mut buffer));
            writer.write_all(encoded)?;
        }
        writer.write_all(b"\"")
    }
}
