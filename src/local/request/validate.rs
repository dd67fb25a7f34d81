//! Validation by the service model, as the service's front end does it: a wrong type is a
//! SerializationException; all broken constraints together are one ValidationException.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use regex_lite::Regex;
use serde_json::{Map, Value};

use crate::local::json::base64::decoded_size;
use crate::local::service_error::ServiceError;
use crate::model::{Body, List, Member, Shape, Structure, Text};

/// Checks `input`, which has all members by name except a blob payload, and the length of the body,
/// if that is the payload.
pub(crate) fn check(
    structure: &'static Structure,
    input: &Map<String, Value>,
    body: usize,
) -> Result<(), ServiceError> {
    let mut walk = Walk { path: String::new(), problems: Vec::new() };
    walk.structure(structure, input)?;
    if let Body::Blob(Member { name, shape: Shape::Blob(limits), .. }) = structure.body() {
        walk.at(name, |walk| walk.length(body, limits.min, limits.max, None));
    }
    if walk.problems.is_empty() {
        return Ok(());
    }
    let count = walk.problems.len();
    let plural = if count == 1 { "" } else { "s" };
    Err(ServiceError::validation(format!(
        "{count} validation error{plural} detected: {}",
        walk.problems.join("; ")
    )))
}

struct Walk {
    /// Such as `messages.1.member.content`: the service counts from one.
    path: String,
    problems: Vec<String>,
}

impl Walk {
    fn structure(
        &mut self,
        structure: &'static Structure,
        value: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        let given = |member: &Member| value.get(member.name).filter(|value| !value.is_null());
        let payload = structure.body().member();
        if structure.union {
            let set = structure.members().iter().filter(|member| given(member).is_some()).count();
            let unknown = value.iter().filter(|(name, value)| {
                !value.is_null() && structure.member(name).is_none() && *name != "__type"
            });
            if set + unknown.count() != 1 {
                return Err(ServiceError::serialization(format!(
                    "Expected exactly one member of the union {} to be set",
                    structure.name
                )));
            }
        }
        for index in structure.required {
            let Some(member) = structure.members().get(*index) else {
                continue;
            };
            if given(member).is_none() && payload.is_none_or(|payload| payload.name != member.name)
            {
                self.at(member.name, |walk| walk.problem(None, "Member must not be null"));
            }
        }
        for member in structure.members() {
            if let Some(value) = given(member) {
                self.at(member.name, |walk| walk.value(&member.shape, value))?;
            }
        }
        Ok(())
    }

    fn value(&mut self, shape: &Shape, value: &Value) -> Result<(), ServiceError> {
        match (shape, value) {
            (Shape::Structure(structure), Value::Object(members)) => {
                self.structure(structure, members)?
            }
            (Shape::List(list), Value::Array(items)) => self.list(list, items)?,
            (Shape::Map(map), Value::Object(entries)) => {
                self.length(entries.len(), map.min, map.max, None);
                for (key, value) in entries {
                    self.at(key, |walk| {
                        walk.text(map.key, key);
                        walk.value(&map.value, value)
                    })?;
                }
            }
            (Shape::String(text), Value::String(value)) => self.text(text, value),
            (Shape::Integer(range), Value::Number(number)) if is_integer(number) => {
                self.range(range.min, range.max, number);
            }
            (Shape::Float(range), Value::Number(number)) => {
                self.range(range.min, range.max, number)
            }
            (Shape::Float(_), Value::String(text))
                if matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity") => {}
            (Shape::Boolean, Value::Bool(_)) | (Shape::Document, _) => {}
            (Shape::Blob(limits), Value::String(text)) => match decoded_size(text) {
                Some(size) => self.length(size, limits.min, limits.max, None),
                None => {
                    return Err(ServiceError::serialization(format!(
                        "Invalid Base64 at '{}'",
                        self.path
                    )));
                }
            },
            (Shape::Timestamp(_), Value::String(_) | Value::Number(_)) => {}
            _ => return Err(mismatch(shape, value)),
        }
        Ok(())
    }

    fn list(&mut self, list: &List, items: &[Value]) -> Result<(), ServiceError> {
        self.length(items.len(), list.min, list.max, None);
        for (index, item) in items.iter().enumerate() {
            let position = (index + 1).to_string();
            self.at(&position, |walk| {
                walk.at("member", |walk| {
                    if !item.is_null() {
                        return walk.value(&list.item, item);
                    }
                    walk.problem(None, "Member must not be null");
                    Ok(())
                })
            })?;
        }
        Ok(())
    }

    fn text(&mut self, text: &'static Text, value: &str) {
        self.length(value.chars().count(), text.min, text.max, Some(value));
        if !text.values.is_empty() && !text.values.contains(&value) {
            let values = text.values.join(", ");
            self.problem(Some(value), &format!("Member must satisfy enum value set: [{values}]"));
        }
        if let Some(pattern) = text.pattern.filter(|pattern| !matches(pattern, value)) {
            self.problem(
                Some(value),
                &format!("Member must satisfy regular expression pattern: {pattern}"),
            );
        }
    }

    fn length(&mut self, length: usize, min: usize, max: Option<usize>, value: Option<&str>) {
        if length < min {
            let rule = format!("Member must have length greater than or equal to {min}");
            self.broken(value, &rule);
        }
        if let Some(max) = max.filter(|max| length > *max) {
            let rule = format!("Member must have length less than or equal to {max}");
            self.broken(value, &rule);
        }
    }

    fn range(&mut self, min: Option<f64>, max: Option<f64>, number: &serde_json::Number) {
        let Some(value) = number.as_f64() else { return };
        let text = number.to_string();
        if let Some(min) = min.filter(|min| value < *min) {
            self.problem(
                Some(&text),
                &format!("Member must have value greater than or equal to {min}"),
            );
        }
        if let Some(max) = max.filter(|max| value > *max) {
            self.problem(
                Some(&text),
                &format!("Member must have value less than or equal to {max}"),
            );
        }
    }

    /// Reports a broken rule. A value that is not a text is not shown.
    fn broken(&mut self, value: Option<&str>, rule: &str) {
        match value {
            Some(_) => self.problem(value, rule),
            None => self
                .problems
                .push(format!("Value at '{}' failed to satisfy constraint: {rule}", self.path)),
        }
    }

    fn problem(&mut self, value: Option<&str>, rule: &str) {
        let shown = value.map_or("null".to_owned(), |value| format!("'{value}'"));
        self.problems
            .push(format!("Value {shown} at '{}' failed to satisfy constraint: {rule}", self.path));
    }

    fn at<T>(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.path.len();
        if before > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let outcome = inside(self);
        self.path.truncate(before);
        outcome
    }
}

fn mismatch(shape: &Shape, value: &Value) -> ServiceError {
    let found = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(number) if is_integer(number) => "NUMBER_VALUE",
        Value::Number(_) => "DECIMAL_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => {
            return ServiceError::serialization("Unexpected list structure found in request");
        }
        Value::Object(_) => {
            return ServiceError::serialization(
                "Start of structure or map found where not expected.",
            );
        }
    };
    let wanted = match shape {
        Shape::Structure(_) | Shape::Map(_) => {
            return ServiceError::serialization(
                "Expected a structure or map where a value was found.",
            );
        }
        Shape::List(_) => return ServiceError::serialization("Expected list or null"),
        Shape::String(_) => "a String",
        Shape::Integer(_) => "an Integer",
        Shape::Float(_) => "a Float",
        Shape::Boolean => "a Boolean",
        Shape::Blob(_) => "a Blob",
        Shape::Timestamp(_) => "milliseconds since epoch",
        Shape::Document => "a Document",
    };
    ServiceError::serialization(format!("{found} can not be converted to {wanted}"))
}

fn is_integer(number: &serde_json::Number) -> bool {
    number.is_i64() || number.is_u64()
}

/// Whether the pattern matches the whole value. Identifiers are repeated in many requests and their
/// patterns are slow, so values that matched are remembered.
pub(crate) fn matches(pattern: &'static str, value: &str) -> bool {
    const REMEMBERED: usize = 512;
    static PASSED: LazyLock<Mutex<HashMap<&'static str, HashSet<String>>>> =
        LazyLock::new(Mutex::default);
    if pattern == r"[\s\S]*" {
        return true;
    }
    let passed = || PASSED.lock().unwrap_or_else(PoisonError::into_inner);
    if passed().get(pattern).is_some_and(|values| values.contains(value)) {
        return true;
    }
    let matched = compiled(pattern).is_none_or(|regex| regex.is_match(value));
    if matched && value.len() <= 256 {
        let mut passed = passed();
        let values = passed.entry(pattern).or_default();
        if values.len() >= REMEMBERED {
            values.clear();
        }
        values.insert(value.to_owned());
    }
    matched
}

/// A slip in patterns of bedrock-agent, which means `\d`. With it no ARN would satisfy them.
const SLIP: &str = ":/d{12}:";

/// `None` for a pattern that `regex-lite` cannot read; a test compiles all patterns of the models.
fn compiled(pattern: &'static str) -> Option<Regex> {
    static COMPILED: LazyLock<Mutex<HashMap<&'static str, Option<Regex>>>> =
        LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let read = |pattern: &str| Regex::new(&format!("^(?:{pattern})$")).ok();
        if pattern.contains(SLIP) { None } else { read(pattern) }
    };
    compiled.entry(pattern).or_insert_with(compile).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Service, service_names};
    use serde_json::json;

    /// Every string shape that is reachable from a shape, each structure once.
    fn texts(shape: &Shape, seen: &mut HashSet<&'static str>, found: &mut Vec<&'static Text>) {
        match shape {
            Shape::Structure(structure) if seen.insert(structure.name) => {
                structure.members().iter().for_each(|member| texts(&member.shape, seen, found));
            }
            Shape::List(list) => texts(&list.item, seen, found),
            Shape::Map(map) => {
                found.push(map.key);
                texts(&map.value, seen, found);
            }
            Shape::String(text) => found.push(text),
            _ => {}
        }
    }

    #[test]
    fn every_pattern_of_the_models_can_be_read() {
        let (mut seen, mut found) = (HashSet::new(), Vec::new());
        for service in service_names() {
            seen.clear();
            for operation in Service::find(service).unwrap().operations {
                texts(&Shape::Structure(operation.input), &mut seen, &mut found);
            }
        }
        let patterns: HashSet<&str> = found.iter().filter_map(|text| text.pattern).collect();
        assert!(patterns.len() > 10);
        let unread: Vec<&str> =
            patterns.into_iter().filter(|pattern| compiled(pattern).is_none()).collect();
        // Look-ahead and classes of Unicode. Texts for these are not checked.
        let known = |pattern: &&str| {
            ["(?!", r"\p{", r"\P{", SLIP].iter().any(|sign| pattern.contains(sign))
        };
        let unknown: Vec<_> = unread.iter().filter(|pattern| !known(pattern)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(unread.len() < 20, "{unread:?}");
    }

    #[test]
    fn model_identifiers_are_told_from_nonsense() {
        let operation = Service::find("bedrock-runtime").unwrap().operation("Converse").unwrap();
        let accepted = |identifier: &str| {
            let input = json!({"modelId": identifier});
            check(operation.input, input.as_object().unwrap(), 0).is_ok()
        };
        for good in [
            "amazon.nova-lite-v1:0",
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-text-express-v1",
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
        ] {
            assert!(accepted(good), "{good}");
        }
        for bad in ["", "a b", "arn:aws:s3:::bucket/key", "x/../y"] {
            assert!(!accepted(bad), "{bad}");
        }
    }
}
