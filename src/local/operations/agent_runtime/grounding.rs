//! What knowledge bases know about the user's question.

use crate::local::knowledge::answer::answer;
use crate::local::knowledge::knowledge_base::{Chunk, Hit};

/// Words with which a question goes on with the one before.
const GO_ON: [&str; 5] = ["and", "but", "or", "so", "why"];
/// Words that stand for something in the question before.
const STAND_FOR: [&str; 13] = [
    "he", "her", "him", "it", "its", "she", "that", "their", "them", "these", "they", "this",
    "those",
];

pub(super) struct Grounding<'a> {
    /// What was looked up.
    pub question: String,
    pub chunks: Vec<&'a Chunk>,
    /// The answer that the chunks give by themselves.
    pub answer: Option<String>,
}

impl<'a> Grounding<'a> {
    /// Looks a question up. If there is no answer, and the question goes on with the one before, such
    /// as "And on Sundays?", both are looked up together.
    pub(super) fn find(
        question: &str,
        before: Option<&str>,
        search: impl Fn(&str) -> Vec<Hit<'a>>,
    ) -> Self {
        let look_up = |question: String| {
            let chunks: Vec<&Chunk> = search(&question).into_iter().map(|hit| hit.chunk).collect();
            let answer = answer(&question, &chunks);
            Grounding { question, chunks, answer }
        };
        let found = look_up(question.to_owned());
        match before {
            Some(before) if found.answer.is_none() && goes_on(question) => {
                look_up(format!("{before} {question}"))
            }
            _ => found,
        }
    }

    /// The chunks as a model reads them.
    pub(super) fn search_results(&self) -> String {
        let results: Vec<String> = self
            .chunks
            .iter()
            .enumerate()
            .map(|(index, chunk)| format!("[{}] {}", index + 1, chunk.text))
            .collect();
        results.join("\n\n")
    }
}

fn goes_on(question: &str) -> bool {
    let lower = question.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric()).peekable();
    words.peek().is_some_and(|first| GO_ON.contains(first))
        || words.any(|word| STAND_FOR.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_may_go_on_with_the_one_before() {
        for question in ["And on Sundays?", "How long does it take?", "Why?"] {
            assert!(goes_on(question), "{question}");
        }
        for question in ["Good morning!", "Where are the items?", ""] {
            assert!(!goes_on(question), "{question}");
        }
    }
}
