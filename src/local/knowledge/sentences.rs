//! The sentences of a text.

use std::ops::Range;

/// The sentences of a text, as ranges of bytes without the white space around them. A sentence ends
/// at a full stop, an exclamation or a question mark, at an empty line, and at the end of a heading
/// or of an item of a list.
pub(crate) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut line = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map_or(text.len(), |(next, _)| *next);
        let rest = text.get(next..).unwrap_or_default();
        let ends = match letter {
            '\n' => {
                let before = text.get(line..at).unwrap_or_default();
                line = next;
                before.trim_start().starts_with('#') || begins_item(rest)
            }
            '.' | '!' | '?' => ends_sentence(rest),
            _ => false,
        };
        if ends {
            let closing: usize =
                rest.chars().take_while(|c| is_closing(*c)).map(char::len_utf8).sum();
            push(text, start..next + closing, &mut found);
            start = next + closing;
        }
    }
    push(text, start..text.len(), &mut found);
    found
}

/// Whether a mark that is followed by `rest` ends a sentence: after quotes and brackets there is
/// white space, and what follows does not go on with a small letter, as after "e.g.".
fn ends_sentence(rest: &str) -> bool {
    let rest = rest.trim_start_matches(is_closing);
    let next = rest.trim_start();
    next.is_empty()
        || next.len() < rest.len() && !next.starts_with(|letter: char| letter.is_lowercase())
}

fn is_closing(letter: char) -> bool {
    matches!(letter, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '*' | '_')
}

/// Whether the next line is empty or begins something new.
fn begins_item(rest: &str) -> bool {
    let line = rest.trim_start_matches([' ', '\t', '\r']);
    ["\n", "#", "- ", "* ", "+ ", "|", ">"].iter().any(|start| line.starts_with(start))
}

fn push(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let sentence = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (sentence.len() - sentence.trim_start().len());
    let sentence = sentence.trim();
    if !sentence.is_empty() {
        found.push(start..start + sentence.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn marks_lines_and_items_end_sentences() {
        assert_eq!(
            texts("One (two.) Three 3.5, e.g. four?\nFive\nsix! \"Seven.\" Eight"),
            ["One (two.)", "Three 3.5, e.g. four?", "Five\nsix!", "\"Seven.\"", "Eight"]
        );
        assert_eq!(
            texts("# Title\nText goes\non\n\n- first item\n- second\n  line\n"),
            ["# Title", "Text goes\non", "- first item", "- second\n  line"]
        );
        assert_eq!(texts(" \n\n "), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn only_white_space_is_between_sentences(text in "[a-c.!? \n#é-]{0,40}") {
            let mut end = 0;
            for range in sentences(&text) {
                prop_assert!(text[end..range.start].trim().is_empty());
                end = range.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }
    }
}
