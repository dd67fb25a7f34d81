//! Reads JSON text, token by token and in place.
//!
//! With serde_json, a third of an event's instructions were spent here: Python checks UTF-8 itself, and
//! names of members are found by their bytes. serde_json still reads strings with escapes.

use std::borrow::Cow;

use crate::codec::fall_back::FallBack;

/// How many objects and arrays may be inside each other. Each takes a part of the stack.
pub(super) const DEEPEST: usize = 127;

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
pub(super) fn plain_length(text: &[u8]) -> usize {
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
