//! Reading and writing JSON values without a way to panic.

use serde_json::Value;

pub(crate) trait Json {
    /// The member of this name; null where there is none, or where this is no object.
    fn at(&self, name: &str) -> &Value;
    /// Sets a member of an object; nothing else has members.
    fn put(&mut self, name: &str, value: Value);
}

impl Json for Value {
    fn at(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }

    fn put(&mut self, name: &str, value: Value) {
        if let Value::Object(members) = self {
            members.insert(name.to_owned(), value);
        }
    }
}
