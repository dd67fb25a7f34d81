//! Filters over the metadata of documents: the service's `RetrievalFilter`.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::local::json::members::JsonExt;
use crate::local::service_error::ServiceError;

#[derive(Debug)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Attribute { key: String, test: Test, value: Value },
}

/// What is asked of an attribute's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    Equals,
    NotEquals,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    In,
    NotIn,
    StartsWith,
    ListContains,
    StringContains,
}

impl Filter {
    /// Reads a filter that is valid by the service model, which leaves the values of attributes
    /// open.
    pub(crate) fn parse(json: &Value) -> Result<Filter, ServiceError> {
        let set = |(_, value): &(&String, &Value)| !value.is_null();
        let Some((name, given)) = json.as_object().and_then(|members| members.iter().find(set))
        else {
            return Err(ServiceError::validation("The filter is empty."));
        };
        let filters = || -> Result<Vec<Filter>, ServiceError> {
            given.as_array().into_iter().flatten().map(Filter::parse).collect()
        };
        let test = match name.as_str() {
            "andAll" => return Ok(Filter::All(filters()?)),
            "orAll" => return Ok(Filter::Any(filters()?)),
            "equals" => Test::Equals,
            "notEquals" => Test::NotEquals,
            "greaterThan" => Test::Greater,
            "greaterThanOrEquals" => Test::GreaterOrEqual,
            "lessThan" => Test::Less,
            "lessThanOrEquals" => Test::LessOrEqual,
            "in" => Test::In,
            "notIn" => Test::NotIn,
            "startsWith" => Test::StartsWith,
            "listContains" => Test::ListContains,
            "stringContains" => Test::StringContains,
            _ => return Err(ServiceError::validation(format!("The filter {name} is unknown."))),
        };
        let value = given.at("value");
        let (fits, wanted) = match test {
            Test::Greater | Test::GreaterOrEqual | Test::Less | Test::LessOrEqual => {
                (value.is_number(), "a number")
            }
            Test::In | Test::NotIn => (value.is_array(), "a list"),
            Test::StartsWith | Test::ListContains | Test::StringContains => {
                (value.is_string(), "a string")
            }
            Test::Equals | Test::NotEquals => {
                (value.is_string() || value.is_number() || value.is_boolean(), "a single value")
            }
        };
        if !fits {
            return Err(ServiceError::validation(format!(
                "The value of the filter {name} must be {wanted}, not {value}."
            )));
        }
        let key = given.at("key").as_str().unwrap_or_default().to_owned();
        Ok(Filter::Attribute { key, test, value: value.clone() })
    }

    /// Whether a document with this metadata passes. One without the attribute passes only the
    /// tests that deny something.
    pub(crate) fn passes(&self, metadata: &Map<String, Value>) -> bool {
        match self {
            Filter::All(filters) => filters.iter().all(|filter| filter.passes(metadata)),
            Filter::Any(filters) => filters.iter().any(|filter| filter.passes(metadata)),
            Filter::Attribute { key, test, value } => match metadata.get(key) {
                Some(found) => test.holds(found, value),
                None => matches!(test, Test::NotEquals | Test::NotIn),
            },
        }
    }
}

impl Test {
    fn holds(self, found: &Value, given: &Value) -> bool {
        let order = || found.as_f64()?.partial_cmp(&given.as_f64()?);
        let among = || given.as_array().into_iter().flatten().any(|item| equal(found, item));
        let text = given.as_str().unwrap_or_default();
        let texts = || match found {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            _ => found.as_str().into_iter().collect::<Vec<&str>>(),
        };
        match self {
            Test::Equals => equal(found, given),
            Test::NotEquals => !equal(found, given),
            Test::Greater => order() == Some(Ordering::Greater),
            Test::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
            Test::Less => order() == Some(Ordering::Less),
            Test::LessOrEqual => order().is_some_and(Ordering::is_le),
            Test::In => among(),
            Test::NotIn => !among(),
            Test::StartsWith => found.as_str().is_some_and(|found| found.starts_with(text)),
            Test::ListContains => found.is_array() && texts().contains(&text),
            Test::StringContains => texts().iter().any(|found| found.contains(text)),
        }
    }
}

/// Whether two values are the same; 1 and 1.0 are.
fn equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left.total_cmp(&right).is_eq(),
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn passes(filter: Value) -> bool {
        let metadata =
            json!({"year": 2024.0, "team": "sales", "tags": ["red", "blue"], "draft": false});
        Filter::parse(&filter).unwrap().passes(metadata.as_object().unwrap())
    }

    fn attribute(test: &str, key: &str, value: Value) -> Value {
        json!({test: {"key": key, "value": value}})
    }

    #[test]
    fn every_test_accepts_and_refuses() {
        for (test, key, accepted, refused) in [
            ("equals", "year", json!(2024), json!(2025)),
            ("equals", "draft", json!(false), json!("false")),
            ("notEquals", "team", json!("law"), json!("sales")),
            ("greaterThan", "year", json!(2023), json!(2024)),
            ("greaterThanOrEquals", "year", json!(2024), json!(2024.5)),
            ("lessThan", "year", json!(2025), json!(2024)),
            ("lessThanOrEquals", "year", json!(2024), json!(2023)),
            ("in", "team", json!(["law", "sales"]), json!(["law"])),
            ("notIn", "team", json!(["law"]), json!(["sales"])),
            ("startsWith", "team", json!("sal"), json!("ales")),
            ("listContains", "tags", json!("red"), json!("re")),
            ("stringContains", "team", json!("ale"), json!("x")),
            ("stringContains", "tags", json!("lu"), json!("x")),
        ] {
            assert!(passes(attribute(test, key, accepted)), "{test} {key}");
            assert!(!passes(attribute(test, key, refused)), "{test} {key}");
        }
    }

    #[test]
    fn groups_nest() {
        let (yes, no) =
            (attribute("equals", "year", json!(2024)), attribute("equals", "year", json!(1)));
        assert!(passes(json!({"andAll": [yes, {"orAll": [no, yes]}]})));
        assert!(!passes(json!({"andAll": [yes, {"orAll": [no, no]}]})));
    }

    #[test]
    fn a_missing_attribute_passes_only_what_denies() {
        assert!(!passes(attribute("equals", "nope", json!(1))));
        assert!(passes(attribute("notEquals", "nope", json!(1))));
        assert!(passes(attribute("notIn", "nope", json!([1]))));
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        for (test, value) in [
            ("greaterThan", json!("x")),
            ("in", json!("x")),
            ("startsWith", json!(1)),
            ("equals", json!([1])),
        ] {
            let error = Filter::parse(&attribute(test, "year", value)).unwrap_err();
            assert_eq!(error.status, 400);
            assert!(error.message.contains(test));
        }
        assert!(Filter::parse(&json!({})).is_err());
    }
}
