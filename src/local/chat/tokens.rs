//! A tokeniser for counting and streaming: cheap and deterministic. A text's tokens, joined, are
//! exactly the text.

/// Bytes of a word per token, near the four to five letters per token of English.
const WORD: usize = 6;

/// The tokens of a text. Each is a part of a word or one other character, with the white space
/// before it.
pub(crate) fn tokens(text: &str) -> Tokens<'_> {
    Tokens(text)
}

pub(crate) fn count(text: &str) -> u32 {
    u32::try_from(tokens(text).count()).unwrap_or(u32::MAX)
}

#[derive(Clone)]
pub(crate) struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.0;
        let word = text.find(|letter: char| !letter.is_whitespace()).unwrap_or(text.len());
        let mut end = word;
        for letter in text.get(word..)?.chars() {
            let alone = !letter.is_alphanumeric();
            let full = end + letter.len_utf8() > word + WORD;
            if end > word && (alone || full) {
                break;
            }
            end += letter.len_utf8();
            if alone {
                break;
            }
        }
        let (token, rest) = text.split_at_checked(end)?;
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_carry_the_space_before_them() {
        let found: Vec<_> = tokens("Hello, wonderful world!\n").collect();
        assert_eq!(found, ["Hello", ",", " wonder", "ful", " world", "!", "\n"]);
        assert_eq!(count(""), 0);
    }

    proptest! {
        #[test]
        fn tokens_join_to_the_text(text in any::<String>()) {
            prop_assert_eq!(tokens(&text).collect::<String>(), text.clone());
            prop_assert!(tokens(&text).all(|token| !token.is_empty()));
        }
    }
}
