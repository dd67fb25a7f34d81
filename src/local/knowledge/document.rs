//! A document of a knowledge base.

use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    /// The path of its file in the folder, with `/` between the names.
    pub name: String,
    pub text: String,
    pub metadata: Map<String, Value>,
}
