//! The words of a text that say what it is about.

use std::collections::BTreeSet;

/// English words that say nothing about the subject of a text.
const STOP_WORDS: &[&str] = &[
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can",
    "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "how",
    "i", "if", "in", "into", "is", "it", "its", "may", "me", "much", "must", "my", "no", "not",
    "of", "on", "or", "our", "please", "shall", "she", "should", "so", "some", "tell", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "to", "was", "we",
    "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
];

/// The different words of a text in lower case, without stop words and without the `s` of a plural.
pub(crate) fn words(text: &str) -> BTreeSet<String> {
    text.to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty() && !STOP_WORDS.contains(word))
        .map(|word| singular(word).to_owned())
        .collect()
}

fn singular(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(singular) if singular.len() >= 3 && !singular.ends_with('s') => singular,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_subject() {
        let found: Vec<String> =
            words("What are the Returns of glass? A RETURN!").into_iter().collect();
        assert_eq!(found, ["glass", "return"]);
        assert!(words("is it?").is_empty());
    }
}
