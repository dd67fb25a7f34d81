//! Reading and writing members of JSON values without panics.

use serde_json::Value;

pub(crate) trait JsonExt {
    /// The member of this name; null if the value is not an object or has no such member.
    fn at(&self, name: &str) -> &Value;
    /// Sets a member of an object; leaves any other value as it is.
    fn put(&mut self, name: &str, value: Value);
}

impl JsonExt for Value {
    fn at(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }

    fn put(&mut self, name: &str, value: Value) {
        if let Value::Object(members) = self {
            members.insert(name.to_owned(), value);
        }
    }
}

/// The strings of a JSON array; anything else in it is left out.
pub(crate) fn texts(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|text| Some(text.as_str()?.to_owned()))
        .collect()
}

/// A text as a JSON string, quotes included.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
