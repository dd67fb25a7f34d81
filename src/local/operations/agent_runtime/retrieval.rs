//! What a request says about the search in a knowledge base.

use serde_json::Value;

use crate::local::json::members::JsonExt;
use crate::local::knowledge::filter::Filter;
use crate::local::knowledge::knowledge_base::{Hit, KnowledgeBase};
use crate::local::knowledge::relevance::SearchType;
use crate::local::service_error::ServiceError;

/// How many results the service gives by default.
const RESULTS: usize = 5;

/// The service's `KnowledgeBaseRetrievalConfiguration`.
#[derive(Debug)]
pub(super) struct Retrieval {
    /// The number of results, or of those on one page.
    pub results: usize,
    /// How many of them a reranking model keeps.
    pub reranked: Option<usize>,
    search_type: SearchType,
    filter: Option<Filter>,
}

impl Retrieval {
    pub(super) fn parse(configuration: &Value) -> Result<Self, ServiceError> {
        let config = match configuration.at("vectorSearchConfiguration") {
            Value::Null => configuration.at("managedSearchConfiguration"),
            config => config,
        };
        let filter = config.at("filter");
        let reranking = config.at("rerankingConfiguration").at("bedrockRerankingConfiguration");
        let number = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
        let results = number(config.at("numberOfResults")).unwrap_or(RESULTS);
        Ok(Retrieval {
            results,
            reranked: reranking
                .is_object()
                .then(|| number(reranking.at("numberOfRerankedResults")).unwrap_or(results)),
            search_type: match config.at("overrideSearchType").as_str() {
                Some("SEMANTIC") => SearchType::Semantic,
                _ => SearchType::Hybrid,
            },
            filter: if filter.is_null() { None } else { Some(Filter::parse(filter)?) },
        })
    }

    /// All chunks that pass the filter, the most relevant ones first.
    pub(super) fn all<'a>(&self, knowledge: &'a KnowledgeBase, question: &str) -> Vec<Hit<'a>> {
        knowledge.search(question, self.search_type, self.filter.as_ref())
    }

    /// As many results as wanted.
    pub(super) fn best<'a>(&self, knowledge: &'a KnowledgeBase, question: &str) -> Vec<Hit<'a>> {
        let mut hits = self.all(knowledge, question);
        hits.truncate(self.results);
        if let Some(reranked) = self.reranked {
            hits.truncate(reranked);
        }
        hits
    }
}
