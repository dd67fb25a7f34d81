//! Parses times of expiry as programs and endpoints write them: the unambiguous forms among those
//! that botocore's parser (dateutil) reads.
//!
//! dateutil guesses: it reads `01/02/2030` as January 2, and `UTC+3` as three hours west of UTC. A
//! time that is ambiguous or has no time zone is an error here, so that the author of the program
//! notices.

use std::iter::Peekable;
use std::str::Chars;
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Parses a time. `field` is the name of the field that holds it; the error quotes the field and
/// the text.
pub(super) fn parse(field: &str, text: &str) -> Result<SystemTime, String> {
    let unreadable =
        |why: &str| format!("{field} is no time that can be read ({why}): {}", quoted(text));
    let normal = normalized(text).map_err(unreadable)?;
    let time = DateTime::from_str(&normal, Format::DateTimeWithOffset)
        .map_err(|_| unreadable("there is no such day or time of day"))?;
    SystemTime::try_from(time).map_err(|_| unreadable("it is out of range"))
}

/// The beginning of the text, on one line.
fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(60).collect::<String>())
}

#[derive(Default)]
struct Parts {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    /// Hour, minute and second.
    clock: Option<(u32, u32, u32)>,
    /// The fraction of the second with its point, e.g. `.25`.
    fraction: String,
    /// The offset from UTC as RFC 3339 writes it.
    offset: Option<String>,
}

/// Rewrites a time in the form of RFC 3339.
fn normalized(text: &str) -> Result<String, &'static str> {
    let mut parts = Parts::default();
    let mut tokens = Tokens(text.trim().chars().peekable());
    while let Some(token) = tokens.next() {
        match token {
            Token::Blank | Token::Sign(',') => {}
            Token::Digits(digits) => parts.number(&digits, &mut tokens)?,
            Token::Word(word) => parts.word(&word)?,
            Token::Sign(sign @ ('+' | '-')) if parts.clock.is_some() => {
                parts.offset(sign, &mut tokens)?;
            }
            // 02-Jan-2030, 2030-Jan-02
            Token::Sign('-') if parts.has_part_of_a_date() => {}
            Token::Sign(_) => return Err("unexpected punctuation"),
        }
    }
    let Parts { year, month, day, clock, fraction, offset } = parts;
    let (Some(year), Some(month), Some(day)) = (year, month, day) else {
        return Err("the date is incomplete");
    };
    let (hour, minute, second) = clock.ok_or("there is no time of day")?;
    let offset = offset.ok_or("there is no time zone")?;
    Ok(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}"))
}

enum Token {
    Blank,
    Digits(String),
    Word(String),
    Sign(char),
}

struct Tokens<'a>(Peekable<Chars<'a>>);

impl Tokens<'_> {
    fn next(&mut self) -> Option<Token> {
        let first = self.0.next()?;
        Some(if first.is_whitespace() {
            self.take_while(first, char::is_whitespace);
            Token::Blank
        } else if first.is_ascii_digit() {
            Token::Digits(self.take_while(first, |next| next.is_ascii_digit()))
        } else if first.is_alphabetic() {
            Token::Word(self.take_while(first, char::is_alphabetic))
        } else {
            Token::Sign(first)
        })
    }

    fn take_while(&mut self, first: char, belongs: impl Fn(char) -> bool) -> String {
        let mut text = first.to_string();
        while let Some(next) = self.0.next_if(|&next| belongs(next)) {
            text.push(next);
        }
        text
    }

    fn takes(&mut self, sign: char) -> bool {
        self.0.next_if_eq(&sign).is_some()
    }

    /// Whether this sign and a digit come next.
    fn number_follows(&self, sign: char) -> bool {
        let mut ahead = self.0.clone();
        ahead.next() == Some(sign) && ahead.next().is_some_and(|next| next.is_ascii_digit())
    }

    /// Takes a number with one of these numbers of digits.
    fn digits(&mut self, lengths: std::ops::RangeInclusive<usize>) -> Result<String, &'static str> {
        let first = self.0.next_if(char::is_ascii_digit).ok_or("a number is missing")?;
        let digits = self.take_while(first, |next| next.is_ascii_digit());
        if lengths.contains(&digits.len()) {
            Ok(digits)
        } else {
            Err("a number has the wrong length")
        }
    }

    fn number(&mut self) -> Result<u32, &'static str> {
        number(&self.digits(1..=2)?)
    }
}

fn number(digits: &str) -> Result<u32, &'static str> {
    digits.parse().map_err(|_| "a number is too long")
}

fn set<T>(part: &mut Option<T>, value: T) -> Result<(), &'static str> {
    if part.replace(value).is_some() { Err("a part occurs twice") } else { Ok(()) }
}

impl Parts {
    fn has_part_of_a_date(&self) -> bool {
        let known = [self.year.is_some(), self.month.is_some(), self.day.is_some()];
        known.contains(&true) && known.contains(&false)
    }

    /// Takes a number: the start of a date or of a time of day, or the day or the year beside the
    /// name of a month.
    fn number(&mut self, digits: &str, tokens: &mut Tokens<'_>) -> Result<(), &'static str> {
        let known = [self.year, self.month, self.day];
        let has_date = known.iter().all(Option::is_some);
        let is_first = known.iter().all(Option::is_none);
        match digits.len() {
            1 | 2 if tokens.takes(':') => {
                let minute = tokens.number()?;
                let second = if tokens.takes(':') { tokens.number()? } else { 0 };
                self.clock(number(digits)?, minute, second, tokens)
            }
            // Only an hour: 2030-01-02T03Z.
            2 if has_date => self.clock(number(digits)?, 0, 0, tokens),
            4 | 6 if has_date => self.packed_clock(digits, tokens),
            4 if is_first => {
                set(&mut self.year, number(digits)?)?;
                let separators = ['-', '/', '.'];
                // The name of a month may come next instead of a separator.
                let Some(separator) =
                    separators.into_iter().find(|sign| tokens.number_follows(*sign))
                else {
                    return Ok(());
                };
                for part in [&mut self.month, &mut self.day] {
                    if !tokens.takes(separator) {
                        return Err("the date is incomplete");
                    }
                    set(part, tokens.number()?)?;
                }
                Ok(())
            }
            8 | 12 | 14 if is_first => {
                let (date, clock) = digits.split_at(8);
                let (year, rest) = date.split_at(4);
                let (month, day) = rest.split_at(2);
                set(&mut self.year, number(year)?)?;
                set(&mut self.month, number(month)?)?;
                set(&mut self.day, number(day)?)?;
                if clock.is_empty() { Ok(()) } else { self.packed_clock(clock, tokens) }
            }
            4 if self.month.is_some() => set(&mut self.year, number(digits)?),
            1 | 2 if self.day.is_none() => set(&mut self.day, number(digits)?),
            _ => Err("a number has no clear meaning"),
        }
    }

    fn packed_clock(&mut self, digits: &str, tokens: &mut Tokens<'_>) -> Result<(), &'static str> {
        let (hour, rest) = digits.split_at(2);
        let (minute, second) = rest.split_at(2);
        let second = if second.is_empty() { 0 } else { number(second)? };
        self.clock(number(hour)?, number(minute)?, second, tokens)
    }

    fn clock(
        &mut self,
        hour: u32,
        minute: u32,
        second: u32,
        tokens: &mut Tokens<'_>,
    ) -> Result<(), &'static str> {
        set(&mut self.clock, (hour, minute, second))?;
        if tokens.takes('.') || tokens.takes(',') {
            let digits = tokens.digits(1..=usize::MAX)?;
            // Nanoseconds are precise enough.
            self.fraction = format!(".{}", digits.chars().take(9).collect::<String>());
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), &'static str> {
        let lower = word.to_lowercase();
        // "March" and "Mar".
        let is_named = |name: &str| lower == name || name.get(..3) == Some(&lower);
        let is_separator = lower == "t" && self.day.is_some() && self.clock.is_none();
        if is_separator || DAYS.iter().any(|name| is_named(name)) {
            return Ok(());
        }
        if let Some((month, _)) = (1..).zip(MONTHS).find(|(_, name)| is_named(name)) {
            return set(&mut self.month, month);
        }
        match (word, self.clock) {
            ("Z" | "z" | "UTC" | "GMT", Some(_)) => set(&mut self.offset, "Z".to_owned()),
            ("AM" | "am" | "PM" | "pm", Some((hour @ 1..=12, minute, second))) => {
                let afternoon = if lower == "pm" { 12 } else { 0 };
                self.clock = Some((hour % 12 + afternoon, minute, second));
                Ok(())
            }
            _ => Err("a word is unknown"),
        }
    }

    /// `+05:30`, `+0530`, `+05` or `+5`.
    fn offset(&mut self, sign: char, tokens: &mut Tokens<'_>) -> Result<(), &'static str> {
        let digits = tokens.digits(1..=4)?;
        let (hours, minutes) = match digits.len() {
            4 => digits.split_at(2),
            1 | 2 => (digits.as_str(), ""),
            _ => return Err("the offset has the wrong length"),
        };
        let minutes = match minutes {
            "" if tokens.takes(':') => tokens.digits(2..=2)?,
            "" => "00".to_owned(),
            minutes => minutes.to_owned(),
        };
        set(&mut self.offset, format!("{sign}{:02}:{minutes}", number(hours)?))
    }
}
