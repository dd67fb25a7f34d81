//! Knowledge bases: folders of text files that are cut into chunks, ranked for a question, and cited.

pub(crate) mod answer;
mod chunks;
pub(crate) mod citations;
pub(crate) mod document;
pub(crate) mod filter;
mod folder;
pub(crate) mod knowledge_base;
mod metadata;
pub(crate) mod relevance;
mod sentences;
mod words;
