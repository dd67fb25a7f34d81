//! Mutations that keep JSON valid: one value replaces another. With mutations of single bytes, only
//! one input in a hundred would still be JSON.

use std::ops::Range;

const VALUES: [&str; 28] = [
    "null",
    "true",
    "0",
    "-1",
    "-0",
    "1.5",
    "1e3",
    "-0.0",
    "1e999",
    "9007199254740993",
    "9223372036854775808",
    "18446744073709551616",
    "NaN",
    "\"\"",
    "\"12\"",
    "\"True\"",
    "\"YWJj\"",
    "\"YW\\n=\"",
    "\"2024-02-29T12:34:56Z\"",
    "\"2024-02-29T12:34:56.1234567+02:00\"",
    "\"2016-12-31T23:59:60Z\"",
    "\"1709210096\"",
    "1709210096.5",
    "\"\\ud83d\"",
    "\"\\u0000é🙂\"",
    "\"__type\"",
    "[null]",
    "{\"a\":1}",
];

/// The input with one of its values or names replaced by another of them, or by one of `VALUES`.
pub fn splice(input: &[u8], rng: &mut fastrand::Rng) -> Option<Vec<u8>> {
    let json = input.iter().position(|byte| *byte == b'\n')? + 1;
    let spans = spans(&input[json..]);
    let target = rng.choice(&spans)?.clone();
    let other = rng.choice(&spans)?.clone();
    let replacement = match rng.u8(..2) {
        0 => &input[json..][other],
        _ => rng.choice(VALUES)?.as_bytes(),
    };
    let (before, after) = (&input[..json + target.start], &input[json + target.end..]);
    Some([before, replacement, after].concat())
}

/// The ranges of all values and names in a JSON text, including nested ones.
fn spans(json: &[u8]) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut open = Vec::new();
    let mut place = 0;
    while let Some(byte) = json.get(place) {
        let start = place;
        place += 1;
        match byte {
            b'{' | b'[' => open.push(start),
            b'}' | b']' => spans.extend(open.pop().map(|start| start..place)),
            b'"' => {
                while let Some(byte) = json.get(place) {
                    place += if *byte == b'\\' { 2 } else { 1 };
                    if *byte == b'"' {
                        break;
                    }
                }
                place = place.min(json.len());
                spans.push(start..place);
            }
            b',' | b':' | b' ' | b'\n' => {}
            _ => {
                let is_inside = |byte: &u8| !b"{}[],: \n\"".contains(byte);
                place += json[place..].iter().take_while(|byte| is_inside(byte)).count();
                spans.push(start..place);
            }
        }
    }
    spans
}
