//! The answer that a knowledge base gives by itself: sentences of its own.

use super::knowledge_base::Chunk;
use super::relevance::WordWeights;
use super::sentences::sentences;
use super::words::words;

/// The share of the question's words that a sentence needs, and of the best sentence's share.
const ENOUGH: f64 = 0.3;
const NEAR_THE_BEST: f64 = 0.7;
/// The largest number of sentences in an answer.
const SENTENCES: usize = 3;

/// The sentences of the chunks that share most words with the question; `None` if none shares
/// enough. A sentence has the words of its heading, too.
pub(crate) fn answer(question: &str, chunks: &[&Chunk]) -> Option<String> {
    let weights = WordWeights::of(chunks.iter().map(|chunk| &chunk.features));
    let question = words(question);
    let mut found: Vec<(f64, String)> = Vec::new();
    for chunk in chunks {
        let mut heading = "";
        for range in sentences(&chunk.text) {
            let sentence = chunk.text.get(range).unwrap_or_default();
            if sentence.starts_with('#') {
                heading = sentence;
                continue;
            }
            let share = weights.share(&question, &words(&format!("{heading} {sentence}")));
            let sentence = plain(sentence);
            if found.iter().all(|(_, other)| *other != sentence) {
                found.push((share, sentence));
            }
        }
    }
    let best = found.iter().map(|(share, _)| *share).fold(0.0, f64::max);
    let wanted = ENOUGH.max(best * NEAR_THE_BEST);
    let chosen: Vec<String> = found
        .into_iter()
        .filter(|(share, _)| *share >= wanted)
        .map(|(_, sentence)| sentence)
        .take(SENTENCES)
        .collect();
    (!chosen.is_empty()).then(|| chosen.join(" "))
}

/// The sentence in one line, without the mark of an item of a list.
fn plain(sentence: &str) -> String {
    let sentence = sentence.trim_start_matches(['-', '*', '+', '>']);
    sentence.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::knowledge_base::KnowledgeBase;
    use super::super::relevance::SearchType;
    use super::*;

    fn answered(question: &str) -> Option<String> {
        let text = "# Opening hours\n\nMonday to Friday\nfrom nine to five.\n\n# Returns\n\n\
                    - Coats can be returned within thirty days.\n- Shoes are exchanged only.\n";
        let knowledge = KnowledgeBase::of_text("shop.md", text.to_owned());
        let hits = knowledge.search(question, SearchType::Hybrid, None);
        answer(question, &hits.iter().map(|hit| hit.chunk).collect::<Vec<_>>())
    }

    #[test]
    fn the_answer_is_the_sentence_that_shares_most_words() {
        let found = answered("Can coats be returned?");
        assert_eq!(found.as_deref(), Some("Coats can be returned within thirty days."));
    }

    #[test]
    fn a_sentence_has_the_words_of_its_heading() {
        let found = answered("What are your opening hours?");
        assert_eq!(found.as_deref(), Some("Monday to Friday from nine to five."));
    }

    #[test]
    fn a_question_about_something_else_has_no_answer() {
        assert_eq!(answered("Who wrote the third symphony?"), None);
        assert_eq!(answered(""), None);
    }
}
