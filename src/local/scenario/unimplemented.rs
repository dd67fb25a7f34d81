//! The setting `unimplemented`.

/// What the server answers to an operation that it does not implement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Unimplemented {
    /// An error that names the operation.
    #[default]
    Error,
    /// An example of the operation's output, with what the request says.
    Echo,
}

impl Unimplemented {
    /// The words of the setting.
    pub(crate) const WORDS: &str = "\"error\" or \"echo\"";

    pub(crate) fn named(word: &str) -> Option<Self> {
        match word {
            "error" => Some(Unimplemented::Error),
            "echo" => Some(Unimplemented::Echo),
            _ => None,
        }
    }
}
