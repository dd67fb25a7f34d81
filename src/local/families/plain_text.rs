//! Families whose prompt and reply are one text.

use crate::local::chat::reply::Stop;
use crate::local::chat::tokens;

/// A family's names for the reasons to stop.
pub(super) struct StopNames {
    pub end: &'static str,
    pub sequence: &'static str,
    pub length: &'static str,
}

impl StopNames {
    pub(super) fn of(&self, stop: &Stop) -> &'static str {
        match stop {
            Stop::MaxTokens => self.length,
            Stop::Sequence(_) => self.sequence,
            _ => self.end,
        }
    }
}

/// The tokens of a reply's text, each with whether it is the last. An empty text has one empty
/// token.
pub(super) fn text_tokens(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut tokens = tokens::tokens(text).peekable();
    let mut empty = tokens.peek().is_none().then_some(("", true));
    std::iter::from_fn(move || {
        empty.take().or_else(|| tokens.next().map(|token| (token, tokens.peek().is_none())))
    })
}
