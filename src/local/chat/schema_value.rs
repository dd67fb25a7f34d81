//! Values that satisfy a JSON schema: a tool's arguments, a structured reply.
//!
//! The keywords `type` (one or several), `properties`, `required`, `enum` and `items` are honoured,
//! in nested objects and arrays too. Every other keyword (`$ref`, `anyOf`, `minimum`, `format`, …)
//! is ignored.

use serde_json::{Map, Value, json};

use crate::local::json::members::JsonExt;

/// Values below this depth are null. Real schemas are not as deep.
const DEPTH: usize = 32;

/// A value that satisfies `schema`; its strings consist of `name`.
pub(crate) fn satisfying(schema: &Value, name: &str) -> Value {
    value(schema, name, DEPTH)
}

fn value(schema: &Value, name: &str, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(first) = schema.at("enum").as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    match kind(schema) {
        "object" => {
            let mut members = Map::new();
            if let Some(properties) = schema.at("properties").as_object() {
                for (property, schema) in properties {
                    members.insert(property.clone(), value(schema, property, depth - 1));
                }
            }
            for property in schema.at("required").as_array().into_iter().flatten() {
                if let Some(property) =
                    property.as_str().filter(|name| !members.contains_key(*name))
                {
                    members.insert(property.to_owned(), json!(property));
                }
            }
            Value::Object(members)
        }
        "array" => match schema.at("items") {
            // Older drafts of JSON schema list a schema for each item.
            Value::Array(items) => items.iter().map(|item| value(item, name, depth - 1)).collect(),
            items => json!([value(items, name, depth - 1)]),
        },
        "integer" => json!(1),
        "number" => json!(1.5),
        "boolean" => json!(true),
        "null" => Value::Null,
        _ => json!(name),
    }
}

/// The type that a schema names or implies.
fn kind(schema: &Value) -> &str {
    match schema.at("type") {
        Value::String(kind) => kind,
        Value::Array(kinds) => kinds.first().and_then(Value::as_str).unwrap_or("string"),
        _ if schema.at("properties").is_object() || schema.at("required").is_array() => "object",
        _ if schema.at("items").is_object() => "array",
        _ => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_follow_types_enums_and_nesting() {
        let schema = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"enum": ["celsius", "kelvin"]},
                "days": {"type": ["integer", "null"]},
                "places": {"type": "array", "items": {"properties": {"lat": {"type": "number"}}}},
                "exact": {"type": "boolean"},
                "pair": {"type": "array", "items": [{"type": "integer"}, {"type": "boolean"}]},
            },
            "required": ["city", "extra"],
        });
        assert_eq!(
            satisfying(&schema, "input"),
            json!({
                "city": "city", "unit": "celsius", "days": 1, "places": [{"lat": 1.5}],
                "exact": true, "extra": "extra", "pair": [1, true],
            })
        );
    }

    #[test]
    fn an_empty_schema_and_a_boolean_one_are_satisfied() {
        assert_eq!(satisfying(&json!({"type": "object"}), "x"), json!({}));
        assert_eq!(satisfying(&json!(true), "x"), json!("x"));
    }
}
