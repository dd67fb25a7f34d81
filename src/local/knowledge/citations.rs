//! Citations: which chunks support which part of a generated text.

use std::ops::Range;

use serde_json::{Value, json};

use super::knowledge_base::Chunk;
use super::sentences::sentences;
use super::words::words;

/// The share of a sentence's words that a chunk needs to support it, and of the best chunk's share.
const ENOUGH: f64 = 0.5;
const NEAR_THE_BEST: f64 = 0.75;

/// A part of a generated text, and the chunks that support it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Citation {
    /// The bytes of the part.
    pub range: Range<usize>,
    /// Positions among the chunks; empty if none supports the part.
    pub chunks: Vec<usize>,
}

/// The parts of `text`. Neighbouring sentences that the same chunks support are one part.
pub(crate) fn citations(text: &str, chunks: &[&Chunk]) -> Vec<Citation> {
    let mut citations: Vec<Citation> = Vec::new();
    for range in sentences(text) {
        let supporting = supporting(text.get(range.clone()).unwrap_or_default(), chunks);
        match citations.last_mut() {
            Some(citation) if citation.chunks == supporting => citation.range.end = range.end,
            _ => citations.push(Citation { range, chunks: supporting }),
        }
    }
    citations
}

#[allow(clippy::cast_precision_loss)]
fn supporting(sentence: &str, chunks: &[&Chunk]) -> Vec<usize> {
    let words = words(sentence);
    let shares: Vec<f64> = chunks
        .iter()
        .map(|chunk| {
            let shared = words.intersection(&chunk.features.words).count();
            shared as f64 / words.len().max(1) as f64
        })
        .collect();
    let best = shares.iter().copied().fold(0.0, f64::max);
    let wanted = ENOUGH.max(best * NEAR_THE_BEST);
    shares.iter().enumerate().filter(|(_, share)| **share >= wanted).map(|(at, _)| at).collect()
}

impl Citation {
    /// The service's `Citation`, for the text and the chunks that were given to [`citations`].
    pub(crate) fn to_json(&self, text: &str, chunks: &[&Chunk]) -> Value {
        json!({
            "generatedResponsePart": self.response_part(text),
            "retrievedReferences": self.references(chunks),
        })
    }

    /// The service's `GeneratedResponsePart`. Its span counts characters; `end` is the last one.
    pub(crate) fn response_part(&self, text: &str) -> Value {
        let part = text.get(self.range.clone()).unwrap_or_default();
        let start = text.get(..self.range.start).unwrap_or_default().chars().count();
        let end = start + part.chars().count().saturating_sub(1);
        json!({"textResponsePart": {"text": part, "span": {"start": start, "end": end}}})
    }

    pub(crate) fn references(&self, chunks: &[&Chunk]) -> Vec<Value> {
        self.chunks.iter().filter_map(|at| Some(chunks.get(*at)?.reference())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::knowledge_base::KnowledgeBase;
    use super::super::relevance::SearchType;
    use super::*;

    #[test]
    fn parts_have_spans_and_the_chunks_that_support_them() {
        let texts = ["Coats can be returned within thirty days.", "Shoes are made in Porto."];
        let sources: Vec<KnowledgeBase> =
            texts.iter().map(|text| KnowledgeBase::of_text("x", (*text).to_owned())).collect();
        let hits: Vec<_> = sources
            .iter()
            .flat_map(|source| source.search("x", SearchType::Hybrid, None))
            .collect();
        let chunks: Vec<&Chunk> = hits.iter().map(|hit| hit.chunk).collect();
        let text = "Café? Coats can be returned. Within thirty days. Our shoes are made in Porto.";
        let found = citations(text, &chunks);
        let supporting: Vec<&[usize]> = found.iter().map(|part| part.chunks.as_slice()).collect();
        assert_eq!(supporting, [&[][..], &[0], &[1]]);
        let part = found[1].to_json(text, &chunks);
        let span = json!({"start": 6, "end": 47});
        assert_eq!(part["generatedResponsePart"]["textResponsePart"]["span"], span);
        assert_eq!(part["retrievedReferences"][0]["content"]["text"], texts[0]);
        assert_eq!(
            part["generatedResponsePart"]["textResponsePart"]["text"],
            "Coats can be returned. Within thirty days."
        );
        assert_eq!(citations("", &chunks), []);
    }
}
