//! Reads JSON text, token by token and in place.
//!
//! With serde_json, a third of an event's instructions were spent here: Python checks UTF-8 itself, and
//! names of members are found by their bytes. serde_json still reads strings with escapes.

use std::borrow::Cow;

use crate::codec::fall_back::FallBack;

/// How many objects and arrays may be inside each other. Each takes a part of the stack.
const DEEPEST: usize = 127;

/// The rest of a text.
pub struct Json<'a> {
    rest: &'a [u8],
    depth: usize,
}

/// What the next value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// From -2⁶³ to 2⁶⁴ - 1.
    Integer(i128),
    Float(f64),
}

impl<'a> Json<'a> {
    /// Falls back if the text is not UTF-8.
    pub fn new(text: &'a [u8]) -> Result<Self, FallBack> {
        // The whole text is checked here, because strings that are skipped are not.
        if !text.is_ascii() && std::str::from_utf8(text).is_err() {
            return Err(FallBack);
        }
        Ok(Json { rest: text, depth: 0 })
    }

    /// Falls back if anything but white space is left.
    pub fn end(mut self) -> Result<(), FallBack> {
        self.peek().map_or(Ok(()), |_| Err(FallBack))
    }

    pub fn kind(&mut self) -> Result<Kind, FallBack> {
        match self.peek() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::String),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't') => Ok(Kind::True),
            Some(b'f') => Ok(Kind::False),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(FallBack),
        }
    }

    /// Reads an object. `member` gets each key, and has to read or skip its value.
    pub fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, Cow<'a, [u8]>) -> Result<(), FallBack>,
    ) -> Result<(), FallBack> {
        self.sequence(b'{', b'}', |json| {
            let key = json.string()?;
            json.take(b':')?;
            member(json, key)
        })
    }

    /// Reads an array. `item` has to read or skip one item.
    pub fn array(
        &mut self,
        item: impl FnMut(&mut Self) -> Result<(), FallBack>,
    ) -> Result<(), FallBack> {
        self.sequence(b'[', b']', item)
    }

    /// The bytes of a string, which are UTF-8.
    #[inline(always)]
    pub fn string(&mut self) -> Result<Cow<'a, [u8]>, FallBack> {
        match self.plain_string() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.escaped_string().map(Cow::Owned),
        }
    }

    pub fn number(&mut self) -> Result<Number, FallBack> {
        self.peek();
        let start = self.rest;
        let is_negative = self.skip(b"-");
        let first = self.rest.first();
        let mut integer = 0_u64;
        let digits = self.digits(|digit| {
            integer = integer.checked_mul(10)?.checked_add(digit.into())?;
            Some(())
        })?;
        if digits == 0 || (digits > 1 && first == Some(&b'0')) {
            return Err(FallBack);
        }
        if !matches!(self.rest.first(), Some(b'.' | b'e' | b'E')) {
            return match (i128::from(integer), is_negative) {
                (integer, false) => Ok(Number::Integer(integer)),
                // Rare enough to be left to Python.
                (0, true) => Err(FallBack),
                (integer, true) if integer <= -i128::from(i64::MIN) => {
                    Ok(Number::Integer(-integer))
                }
                _ => Err(FallBack),
            };
        }
        if self.skip(b".") && self.digits(|_| Some(()))? == 0 {
            return Err(FallBack);
        }
        if self.skip(b"e") || self.skip(b"E") {
            let _ = self.skip(b"+") || self.skip(b"-");
            if self.digits(|_| Some(()))? == 0 {
                return Err(FallBack);
            }
        }
        let text = start.get(..start.len() - self.rest.len()).unwrap_or_default();
        let float = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
        float.filter(|float| float.is_finite()).map(Number::Float).ok_or(FallBack)
    }

    pub fn literal(&mut self, text: &str) -> Result<(), FallBack> {
        self.peek();
        if self.skip(text.as_bytes()) { Ok(()) } else { Err(FallBack) }
    }

    /// Skips a value.
    pub fn skip_value(&mut self) -> Result<(), FallBack> {
        match self.kind()? {
            Kind::Object => self.object(|json, _| json.skip_value()),
            Kind::Array => self.array(Self::skip_value),
            Kind::String => self.string().map(drop),
            Kind::Number => self.number().map(drop),
            Kind::True => self.literal("true"),
            Kind::False => self.literal("false"),
            Kind::Null => self.literal("null"),
        }
    }

    fn sequence(
        &mut self,
        begin: u8,
        end: u8,
        mut element: impl FnMut(&mut Self) -> Result<(), FallBack>,
    ) -> Result<(), FallBack> {
        self.take(begin)?;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(FallBack);
        }
        let mut ended = self.takes(end);
        while !ended {
            // One place, so that the compiler makes one function of a walk and its element.
            element(self)?;
            ended = !self.takes(b',');
            if ended {
                self.take(end)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// The next byte after white space, which is skipped.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.rest.split_first() {
                Some((b' ' | b'\n' | b'\r' | b'\t', rest)) => self.rest = rest,
                first => return first.map(|(first, _)| *first),
            }
        }
    }

    fn take(&mut self, expected: u8) -> Result<(), FallBack> {
        if self.takes(expected) { Ok(()) } else { Err(FallBack) }
    }

    /// Takes the byte if it comes next after white space, and returns whether it did.
    fn takes(&mut self, wanted: u8) -> bool {
        if self.rest.first() != Some(&wanted) {
            self.peek();
        }
        self.skip(&[wanted])
    }

    /// Skips the text if it comes next, and returns whether it did.
    fn skip(&mut self, text: &[u8]) -> bool {
        self.rest.strip_prefix(text).map(|rest| self.rest = rest).is_some()
    }

    /// Reads digits, and returns how many there were. Falls back if `each` returns `None`.
    fn digits(&mut self, mut each: impl FnMut(u8) -> Option<()>) -> Result<usize, FallBack> {
        let mut count = 0;
        while let Some((digit @ b'0'..=b'9', rest)) = self.rest.split_first() {
            each(digit - b'0').ok_or(FallBack)?;
            (self.rest, count) = (rest, count + 1);
        }
        Ok(count)
    }

    /// A string without escapes. Reads nothing of anything else.
    #[inline(never)]
    fn plain_string(&mut self) -> Option<&'a [u8]> {
        self.peek();
        let text = self.rest.strip_prefix(b"\"")?;
        let (plain, after) = text.split_at_checked(plain_length(text))?;
        self.rest = after.strip_prefix(b"\"")?;
        Some(plain)
    }

    #[cold]
    fn escaped_string(&mut self) -> Result<Vec<u8>, FallBack> {
        self.take(b'"')?;
        let mut after = self.rest;
        loop {
            after = after.get(plain_length(after)..).unwrap_or_default();
            match after {
                [b'"', rest @ ..] => {
                    after = rest;
                    break;
                }
                [b'\\', _, rest @ ..] => after = rest,
                _ => return Err(FallBack),
            }
        }
        let text = self.rest.get(..self.rest.len() - after.len()).unwrap_or_default();
        let quoted = [b"\"", text].concat();
        self.rest = after;
        serde_json::from_slice(&quoted).map(String::into_bytes).map_err(|_| FallBack)
    }
}

/// How many bytes precede the first quote, backslash or control character.
fn plain_length(text: &[u8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let mut rest = text;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        // Subtracting more than a byte has sets the byte's highest bit. Bytes beyond ASCII have it
        // anyway. A byte after the first that is found may have it by a borrow.
        let found = word.wrapping_sub(EACH * 0x20)
            | (word ^ (EACH * u64::from(b'"'))).wrapping_sub(EACH)
            | (word ^ (EACH * u64::from(b'\\'))).wrapping_sub(EACH);
        let found = found & !word & (EACH << 7);
        if found != 0 {
            return text.len() - rest.len() + found.trailing_zeros() as usize / 8;
        }
        rest = after;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..0x20);
    let plain = rest.iter().position(is_special).unwrap_or(rest.len());
    text.len() - rest.len() + plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn value(json: &mut Json<'_>) -> Result<Value, FallBack> {
        let text = |bytes: Cow<'_, [u8]>| String::from_utf8(bytes.into_owned()).unwrap();
        Ok(match json.kind()? {
            Kind::Object => {
                let mut object = serde_json::Map::new();
                json.object(|json, key| {
                    object.insert(text(key), value(json)?);
                    Ok(())
                })?;
                Value::Object(object)
            }
            Kind::Array => {
                let mut array = Vec::new();
                json.array(|json| value(json).map(|item| array.push(item)))?;
                Value::Array(array)
            }
            Kind::String => Value::String(text(json.string()?)),
            Kind::Number => match json.number()? {
                Number::Integer(integer) => {
                    i64::try_from(integer).map_or_else(|_| (integer as u64).into(), Value::from)
                }
                Number::Float(float) => float.into(),
            },
            Kind::True => json.literal("true").map(|()| Value::Bool(true))?,
            Kind::False => json.literal("false").map(|()| Value::Bool(false))?,
            Kind::Null => json.literal("null").map(|()| Value::Null)?,
        })
    }

    fn read(text: &[u8]) -> Result<Value, FallBack> {
        let mut json = Json::new(text)?;
        let read = value(&mut json)?;
        json.end()?;
        let mut json = Json::new(text)?;
        json.skip_value()?;
        json.end()?;
        Ok(read)
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>()
                .prop_filter("serde_json has no others", |float| float.is_finite())
                .prop_map(Value::from),
            "[a-z\"\\\\\n\u{0}é🙂 ]{0,40}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 30, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-z\"\\\\é]{0,20}", inner, 0..5)
                    .prop_map(|object| Value::Object(object.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_is_read(value in any_value(), is_pretty in any::<bool>()) {
            let write = if is_pretty { serde_json::to_vec_pretty } else { serde_json::to_vec };
            prop_assert_eq!(read(&write(&value).unwrap()), Ok(value));
        }

        #[test]
        fn what_is_read_is_what_serde_json_reads(
            value in any_value(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let mut text = serde_json::to_vec(&value).unwrap();
            for (index, byte) in changes {
                let index = index.index(text.len());
                // Half of the time a character that means something.
                text[index] =
                    if byte < 128 { b"{}[]\",:\\-+.eE0 \n"[usize::from(byte) % 16] } else { byte };
            }
            if let Ok(value) = read(&text) {
                prop_assert_eq!(serde_json::from_slice::<Value>(&text).unwrap(), value);
            }
        }
    }

    #[test]
    fn oddities_fall_back() {
        for text in [
            "",
            " ",
            "{",
            "[1",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "[1 2]",
            "01",
            "-",
            "-0",
            "+1",
            "1.",
            ".5",
            "1e",
            "1e+",
            "NaN",
            "nul",
            "truee",
            "\"a",
            "\"\\",
            "\"\n\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "18446744073709551616",
            "-9223372036854775809",
            "1 1",
            "'a'",
        ] {
            assert_eq!(read(text.as_bytes()), Err(FallBack), "{text}");
        }
        assert_eq!(read(b"\"\xff\""), Err(FallBack));
        for (depth, is_read) in [(DEEPEST, true), (DEEPEST + 1, false), (1_000_000, false)] {
            let text = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(Json::new(text.as_bytes()).unwrap().skip_value().is_ok(), is_read);
        }
    }

    #[test]
    fn the_end_of_a_string_is_found_at_every_place() {
        for end in [b'"', b'\\', b'\n', 0, 0x1f] {
            for length in 0..40 {
                let mut text = vec![b'a'; length];
                assert_eq!(plain_length(&text), length);
                text.extend([end, b'"', b'b', 0x80]);
                assert_eq!(plain_length(&text), length, "{end}");
            }
        }
    }
}
