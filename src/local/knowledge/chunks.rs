//! Cutting a text into chunks.

use std::ops::Range;

use super::sentences::sentences;
use crate::local::chat::tokens::{count, tokens};

/// Tokens per chunk, as in the service's default chunking.
const CHUNK: u32 = 300;

/// The chunks of a text: whole sentences, up to 300 tokens of them. A longer sentence is cut.
pub(super) fn chunks(text: &str) -> Vec<&str> {
    let mut chunks: Vec<Range<usize>> = Vec::new();
    let mut size = 0;
    for sentence in sentences(text).into_iter().flat_map(|range| pieces(text, range)) {
        let tokens = count(text.get(sentence.clone()).unwrap_or_default());
        match chunks.last_mut() {
            Some(chunk) if size + tokens <= CHUNK => {
                chunk.end = sentence.end;
                size += tokens;
            }
            _ => {
                chunks.push(sentence);
                size = tokens;
            }
        }
    }
    chunks.into_iter().filter_map(|range| text.get(range)).collect()
}

/// The sentence, cut into pieces of at most a chunk's tokens.
fn pieces(text: &str, sentence: Range<usize>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut start, mut end, mut size) = (sentence.start, sentence.start, 0);
    for token in tokens(text.get(sentence).unwrap_or_default()) {
        if size == CHUNK {
            pieces.push(start..end);
            (start, size) = (end, 0);
        }
        end += token.len();
        size += 1;
    }
    pieces.push(start..end);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_one_chunk() {
        assert_eq!(chunks("\n One. Two.\n\nThree. \n"), ["One. Two.\n\nThree."]);
        assert!(chunks(" \n ").is_empty());
    }

    #[test]
    fn a_chunk_has_whole_sentences_and_no_more_tokens_than_the_service_s() {
        let sentence = "Nine words are in this short and dull sentence.";
        let text = [sentence; 100].join(" ");
        let found = chunks(&text);
        assert!(found.len() > 3, "{}", found.len());
        assert_eq!(found.join(" "), text);
        for chunk in found {
            assert!(count(chunk) <= CHUNK && chunk.ends_with("sentence."));
        }
    }

    #[test]
    fn a_sentence_without_an_end_is_cut() {
        let text = "word ".repeat(1000);
        let found = chunks(&text);
        assert_eq!(
            found.iter().map(|chunk| count(chunk)).collect::<Vec<_>>(),
            [300, 300, 300, 100]
        );
        assert_eq!(found.concat(), text.trim());
    }
}
