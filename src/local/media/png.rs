//! A small PNG encoder: two colours, one bit per pixel, no compression.

/// The largest block that deflate stores without compression.
const STORED_BLOCK: usize = 65_535;

/// An image of `width` × `height` pixels; `is_second` picks the colour of a pixel.
pub(crate) fn encode(
    width: u32,
    height: u32,
    colours: [[u8; 3]; 2],
    is_second: impl Fn(u32, u32) -> bool,
) -> Vec<u8> {
    let mut rows = Vec::new();
    for y in 0..height {
        rows.push(0); // The row is not filtered.
        for byte in 0..width.div_ceil(8) {
            let bits = (byte * 8..byte * 8 + 8).map(|x| u8::from(x < width && is_second(x, y)));
            rows.push(bits.fold(0, |byte, bit| byte << 1 | bit));
        }
    }
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    // One bit per pixel, a palette, and 0 for the compression, the filters and the interlacing.
    header.extend([1, 3, 0, 0, 0]);

    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"PLTE", colours.as_flattened());
    chunk(&mut png, b"IDAT", &zlib(&rows));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    let start = png.len();
    png.extend(kind);
    png.extend(data);
    let checksum = crc32fast::hash(png.get(start..).unwrap_or_default());
    png.extend(checksum.to_be_bytes());
}

/// A zlib stream that contains the data in stored blocks.
fn zlib(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(STORED_BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    stream
}

fn adler32(data: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (mut low, mut high) = (1u32, 0u32);
    // 5,552 is the largest number of bytes whose sums fit in 32 bits.
    for part in data.chunks(5552) {
        for byte in part {
            low += u32::from(*byte);
            high += low;
        }
        low %= MODULUS;
        high %= MODULUS;
    }
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_adlers() {
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
        assert_eq!(adler32(b""), 1);
    }

    #[test]
    fn an_image_has_its_size_and_all_of_its_rows() {
        let png = encode(10, 3, [[0; 3], [255; 3]], |x, y| x == y);
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&png[16..24], &[0, 0, 0, 10, 0, 0, 0, 3]);
        // Header, palette, three rows of three bytes, and twelve bytes around each chunk.
        assert_eq!(png.len(), 8 + (12 + 13) + (12 + 6) + (12 + 2 + 5 + 9 + 4) + 12);
    }
}
