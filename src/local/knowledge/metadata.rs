//! The metadata of a document, from the file beside it: `report.md.metadata.json` for `report.md`.

use serde_json::{Map, Value, json};

use crate::local::json::members::JsonExt;

/// The attributes in the JSON of such a file. The error is a sentence without the file's name.
pub(super) fn parse(json: &Value) -> Result<Map<String, Value>, String> {
    let attributes = json
        .at("metadataAttributes")
        .as_object()
        .ok_or_else(|| "metadataAttributes: a JSON object is missing".to_owned())?;
    let read = |(name, given): (&String, &Value)| match attribute(given) {
        Some(value) => Ok((name.clone(), value)),
        None => Err(format!(
            "{name}: a string, a number, true, false or a list of strings, not {given}"
        )),
    };
    attributes.iter().map(read).collect()
}

/// A plain value, or the longer form `{"value": {"type": "STRING", "stringValue": "x"}}`.
fn attribute(given: &Value) -> Option<Value> {
    let value = match given.at("value").at("type").as_str() {
        Some("STRING") => given.at("value").at("stringValue"),
        Some("NUMBER") => given.at("value").at("numberValue"),
        Some("BOOLEAN") => given.at("value").at("booleanValue"),
        Some("STRING_LIST") => given.at("value").at("stringListValue"),
        _ => given,
    };
    match value {
        // The service's numbers are floats.
        Value::Number(number) => number.as_f64().map(|number| json!(number)),
        Value::String(_) | Value::Bool(_) => Some(value.clone()),
        Value::Array(items) if items.iter().all(Value::is_string) => Some(value.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_an_attribute_are_read() {
        let parsed = parse(&json!({"metadataAttributes": {
            "year": 2024,
            "public": true,
            "tags": ["a", "b"],
            "team": {"value": {"type": "STRING", "stringValue": "sales"}, "includeForEmbedding": true},
        }}))
        .unwrap();
        let expected = json!({"year": 2024.0, "public": true, "tags": ["a", "b"], "team": "sales"});
        assert_eq!(Value::Object(parsed), expected);
    }

    #[test]
    fn mistakes_are_named() {
        for (json, words) in [
            (json!({}), "metadataAttributes: a JSON object is missing"),
            (json!({"metadataAttributes": {"a": null}}), "a: a string, a number"),
            (json!({"metadataAttributes": {"a": [1]}}), "not [1]"),
        ] {
            assert!(parse(&json).unwrap_err().contains(words));
        }
    }
}
