//! How relevant a passage is for a question.

use std::collections::{BTreeSet, HashMap};

use super::words::words;
use crate::local::media::embedding::vector;

const DIMENSIONS: usize = 512;

/// How a search compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SearchType {
    /// By embeddings alone.
    Semantic,
    /// By embeddings, and by the words that question and passage share.
    Hybrid,
}

/// What a text is compared by.
#[derive(Debug, Clone)]
pub(crate) struct Features {
    pub words: BTreeSet<String>,
    vector: Vec<f32>,
}

impl Features {
    pub(crate) fn of(text: &str) -> Self {
        let words = words(text);
        // Only the words of the subject: the others would make all texts similar.
        let subject: Vec<&str> = words.iter().map(String::as_str).collect();
        let vector = vector(&subject.join(" "), DIMENSIONS);
        Features { words, vector }
    }
}

/// The weights of words in a collection of passages: a word that few of them have weighs more.
#[derive(Debug, Clone, Default)]
pub(crate) struct WordWeights {
    passages: usize,
    having: HashMap<String, usize>,
}

impl WordWeights {
    pub(crate) fn of<'a>(passages: impl Iterator<Item = &'a Features>) -> Self {
        let mut weights = WordWeights::default();
        for passage in passages {
            weights.passages += 1;
            for word in &passage.words {
                *weights.having.entry(word.clone()).or_default() += 1;
            }
        }
        weights
    }

    fn weight(&self, word: &str) -> f64 {
        // A word that no passage has says little: it may be a synonym of one that they have.
        let Some(having) = self.having.get(word) else { return 1.0 };
        #[allow(clippy::cast_precision_loss)]
        let rarity = (self.passages + 1) as f64 / (having + 1) as f64;
        rarity.ln() + 0.5
    }

    /// The weighted share of the question's words that the passage has: from 0 to 1.
    pub(crate) fn share(&self, question: &BTreeSet<String>, passage: &BTreeSet<String>) -> f64 {
        let (mut shared, mut all) = (0.0, 0.0);
        for word in question {
            let weight = self.weight(word);
            all += weight;
            if passage.contains(word) {
                shared += weight;
            }
        }
        if all == 0.0 { 0.0 } else { shared / all }
    }

    /// How relevant the passage is: from 0 to 1.
    pub(crate) fn relevance(
        &self,
        question: &Features,
        passage: &Features,
        search_type: SearchType,
    ) -> f64 {
        let cosine: f32 =
            question.vector.iter().zip(&passage.vector).map(|(left, right)| left * right).sum();
        let semantic = f64::from(cosine).clamp(0.0, 1.0);
        match search_type {
            SearchType::Semantic => semantic,
            SearchType::Hybrid => {
                f64::midpoint(semantic, self.share(&question.words, &passage.words))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(question: &str, passages: &[&str], search_type: SearchType) -> Vec<usize> {
        let features: Vec<Features> = passages.iter().map(|text| Features::of(text)).collect();
        let weights = WordWeights::of(features.iter());
        let question = Features::of(question);
        let score = |index: &usize| weights.relevance(&question, &features[*index], search_type);
        let mut order: Vec<usize> = (0..passages.len()).collect();
        order.sort_by(|left, right| score(right).total_cmp(&score(left)));
        order
    }

    #[test]
    fn a_passage_that_shares_words_comes_first() {
        let passages = [
            "The weather in the mountains is the subject of the third chapter of the book.",
            "Coats can be returned within thirty days.",
            "We ship coats to all countries of Europe.",
        ];
        for search_type in [SearchType::Semantic, SearchType::Hybrid] {
            let order = ranked("How many days do I have to return a coat?", &passages, search_type);
            assert_eq!(order, [1, 2, 0]);
        }
    }

    #[test]
    fn a_rare_word_weighs_more_than_a_frequent_one() {
        let passages = ["product alpha", "product beta", "product gamma", "gamma rays"];
        let order = ranked("product beta", &passages, SearchType::Hybrid);
        assert_eq!(order[0], 1);
        let order = ranked("gamma product", &passages, SearchType::Hybrid);
        assert_eq!(order[..2], [2, 3]);
    }

    #[test]
    fn relevance_is_between_none_and_all() {
        let text = Features::of("a red car");
        let weights = WordWeights::of([&text].into_iter());
        let all = weights.relevance(&text, &text, SearchType::Hybrid);
        assert!((all - 1.0).abs() < 1e-5, "{all}");
        let none = weights.relevance(&Features::of(""), &text, SearchType::Hybrid);
        assert!((0.0..0.1).contains(&none), "{none}");
    }
}
