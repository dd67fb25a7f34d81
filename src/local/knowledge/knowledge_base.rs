//! A knowledge base: the chunks of its documents, and the search among them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::chunks::chunks;
use super::document::Document;
use super::filter::Filter;
use super::folder;
use super::relevance::{Features, SearchType, WordWeights};
use crate::local::ids::{identifier, uuid};
use crate::local::json::members::JsonExt;

#[derive(Debug)]
pub(crate) struct KnowledgeBase {
    chunks: Vec<Chunk>,
    weights: WordWeights,
}

/// A part of a document.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub text: String,
    pub features: Features,
    /// The service's `RetrievalResultLocation`.
    location: Value,
    metadata: Map<String, Value>,
}

/// What a search has found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit<'a> {
    pub chunk: &'a Chunk,
    pub score: f64,
}

impl KnowledgeBase {
    /// The knowledge base `id` over the folder to which the names `below` lead from `root`. The
    /// documents are read now, as by the service's ingestion job. The error is a sentence.
    pub(crate) fn of_folder(id: &str, root: &Path, below: &[String]) -> Result<Self, String> {
        let bucket = id.to_lowercase();
        let source = identifier(hash(&id), 10).to_uppercase();
        let chunks = folder::read(root, below)?.into_iter().flat_map(|document| {
            let uri = format!("s3://{bucket}/{}", document.name);
            let location = json!({"type": "S3", "s3Location": {"uri": uri}});
            let own = json!({
                "x-amz-bedrock-kb-source-uri": uri,
                "x-amz-bedrock-kb-data-source-id": source,
            });
            cut(&document, &location, &own)
        });
        Ok(KnowledgeBase::of_chunks(chunks.collect()))
    }

    /// A knowledge base over a text that a request brings along.
    pub(crate) fn of_text(name: &str, text: String) -> Self {
        let location = json!({"type": "CUSTOM", "customDocumentLocation": {"id": name}});
        let document = Document { name: name.to_owned(), text, metadata: Map::new() };
        KnowledgeBase::of_chunks(cut(&document, &location, &Value::Null))
    }

    fn of_chunks(chunks: Vec<Chunk>) -> Self {
        let weights = WordWeights::of(chunks.iter().map(|chunk| &chunk.features));
        KnowledgeBase { chunks, weights }
    }

    /// All chunks that pass the filter, the most relevant ones first.
    pub(crate) fn search(
        &self,
        question: &str,
        search_type: SearchType,
        filter: Option<&Filter>,
    ) -> Vec<Hit<'_>> {
        let question = Features::of(question);
        let mut hits: Vec<Hit> = self
            .chunks
            .iter()
            .filter(|chunk| filter.is_none_or(|filter| filter.passes(&chunk.metadata)))
            .map(|chunk| {
                let score = self.weights.relevance(&question, &chunk.features, search_type);
                Hit { chunk, score }
            })
            .collect();
        // The sort is stable: equal chunks stay in the order of the documents.
        hits.sort_by(|left, right| right.score.total_cmp(&left.score));
        hits
    }
}

impl Chunk {
    /// The service's `RetrievedReference`.
    pub(crate) fn reference(&self) -> Value {
        json!({
            "content": {"text": self.text, "type": "TEXT"},
            "location": self.location,
            "metadata": self.metadata,
        })
    }
}

impl Hit<'_> {
    /// The service's `KnowledgeBaseRetrievalResult`.
    pub(crate) fn result(&self) -> Value {
        let mut result = self.chunk.reference();
        result.put("score", json!(self.score));
        result
    }
}

/// The chunks of a document; `own` has the metadata that the service adds.
fn cut(document: &Document, location: &Value, own: &Value) -> Vec<Chunk> {
    let chunk = |(index, text): (usize, &str)| {
        let mut metadata = document.metadata.clone();
        metadata.extend(own.as_object().cloned().unwrap_or_default());
        let id = uuid(hash(&(location.to_string(), index)));
        metadata.insert("x-amz-bedrock-kb-chunk-id".to_owned(), Value::String(id));
        Chunk {
            text: text.to_owned(),
            features: Features::of(text),
            location: location.clone(),
            metadata,
        }
    };
    chunks(&document.text).into_iter().enumerate().map(chunk).collect()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A folder that is removed with the value.
    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn folder(files: &[(&str, &str)]) -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("fastbedrock-knowledge-{}-{number}", std::process::id());
        let folder = Folder(std::env::temp_dir().join(name));
        for (name, text) in files {
            let path = folder.0.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn uris(knowledge: &KnowledgeBase, question: &str, filter: Option<Value>) -> Vec<String> {
        let filter = filter.map(|filter| Filter::parse(&filter).unwrap());
        knowledge
            .search(question, SearchType::Hybrid, filter.as_ref())
            .iter()
            .map(|hit| hit.result()["location"]["s3Location"]["uri"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn text_files_are_found_with_their_metadata() {
        let folder = folder(&[
            ("returns.md", "Coats can be returned within thirty days."),
            ("returns.md.metadata.json", r#"{"metadataAttributes": {"year": 2024}}"#),
            ("more/shipping.TXT", "We ship coats to all countries of Europe."),
            ("more/picture.png", "coats"),
            (".git/config.txt", "coats"),
            ("empty.txt", ""),
        ]);
        let knowledge = KnowledgeBase::of_folder("KB12345678", &folder.0, &[]).unwrap();
        let (returns, shipping) =
            ("s3://kb12345678/returns.md", "s3://kb12345678/more/shipping.TXT");
        assert_eq!(uris(&knowledge, "return a coat", None), [returns, shipping]);
        assert_eq!(uris(&knowledge, "ship a coat to Europe", None), [shipping, returns]);
        let filter = json!({"equals": {"key": "year", "value": 2024}});
        assert_eq!(uris(&knowledge, "coats", Some(filter)), [returns]);
        let inner = KnowledgeBase::of_folder("K", &folder.0, &["more".to_owned()]).unwrap();
        assert_eq!(uris(&inner, "coats", None), ["s3://k/shipping.TXT"]);
        let hits = knowledge.search("return a coat", SearchType::Hybrid, None);
        let result = hits[0].result();
        assert_eq!(result["content"]["text"], "Coats can be returned within thirty days.");
        assert_eq!(result["metadata"]["year"], 2024.0);
        assert_eq!(result["metadata"]["x-amz-bedrock-kb-source-uri"], returns);
        assert!(hits[0].score > hits[1].score);
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_out_of_the_folder() {
        use std::os::unix::fs::symlink;

        let outside =
            folder(&[("secret.txt", "secret"), ("x.json", r#"{"metadataAttributes":{}}"#)]);
        let inside = folder(&[("open.txt", "open")]);
        let link = |name: &str, target: &str| {
            symlink(outside.0.join(target), inside.0.join(name)).unwrap();
        };
        link("link.txt", "secret.txt");
        link("open.txt.metadata.json", "x.json");
        link("folder", "");
        let knowledge = KnowledgeBase::of_folder("kb", &inside.0, &[]).unwrap();
        assert_eq!(uris(&knowledge, "secret", None), ["s3://kb/open.txt"]);
        let below = ["folder".to_owned()];
        let error = KnowledgeBase::of_folder("kb", &inside.0, &below).unwrap_err();
        assert!(error.ends_with("folder: not a folder"), "{error}");
    }

    #[test]
    fn mistakes_name_the_file() {
        let missing =
            KnowledgeBase::of_folder("kb", Path::new("/no/such/folder"), &[]).unwrap_err();
        assert!(missing.contains("/no/such/folder: No such file"), "{missing}");
        for json in ["{", "{}"] {
            let folder = folder(&[("a.txt", "a"), ("a.txt.metadata.json", json)]);
            let error = KnowledgeBase::of_folder("kb", &folder.0, &[]).unwrap_err();
            assert!(error.contains("a.txt.metadata.json: "), "{error}");
        }
        let large = folder(&[("a.txt", "a"), ("b.txt", "b")]);
        fs::File::options()
            .write(true)
            .open(large.0.join("b.txt"))
            .and_then(|file| file.set_len(16 << 20))
            .unwrap();
        let error = KnowledgeBase::of_folder("kb", &large.0, &[]).unwrap_err();
        assert!(error.ends_with("the folder has more than 16 MiB of text"), "{error}");
    }
}
