//! Examples of outputs, for operations that are not implemented: the required members, with values
//! that depend on the model alone, and the members that the request has as well.

use base64_simd::STANDARD;
use serde_json::{Map, Value, json};

use super::output::OperationOutput;
use crate::local::event_stream::frames::Frames;
use crate::local::request::checked::CheckedRequest;
use crate::local::request::validate::matches;
use crate::local::service_error::ServiceError;
use crate::model::{Body, Location, Member, Operation, Shape, Structure, Text, TimestampFormat};

/// A structure may contain itself. Beyond this depth a structure is empty.
const DEEPEST: usize = 8;
/// 2024-01-01T00:00:00Z
const MOMENT: u64 = 1_704_067_200;
/// Texts for members with a pattern. The first one that satisfies it is the example.
const TEXTS: [&str; 12] = [
    "example",
    "EXAMPLE123",
    "exampleabc12",
    "00000000-0000-4000-a000-000000000000",
    "1",
    "DRAFT",
    "arn:aws:bedrock:us-east-1:123456789012:example/EXAMPLE123",
    "arn:aws:bedrock-agentcore:us-east-1:123456789012:example/example-EXAMPLE123",
    "arn:aws:iam::123456789012:role/example",
    "s3://example/example",
    "example-EXAMPLE123",
    "https://example.com",
];

/// An example of the operation's output.
pub(super) fn output(request: &CheckedRequest) -> Result<OperationOutput, ServiceError> {
    let operation = request.operation;
    let example = Example { operation, input: &request.input };
    match operation.output.body() {
        Body::EventStream(_, events) => {
            let mut frames = Frames::new(request.seed);
            let mut events = events.members().iter();
            let is_event = |event: &&'static Member| match event.shape {
                Shape::Structure(event) => event.error.is_none(),
                _ => false,
            };
            if let Some(event) = events.find(is_event) {
                frames.event(event.name, &example.value(&event.shape, 0).to_string(), false);
            }
            Ok(OperationOutput::events(frames, request.interval()))
        }
        Body::Blob(_) | Body::Text(_) => {
            let members = example.structure(operation.output, 0);
            Ok(OperationOutput::of(operation, members).with_body(request.body.clone()))
        }
        Body::JsonMembers | Body::JsonPayload(_) => {
            Ok(OperationOutput::of(operation, example.structure(operation.output, 0)))
        }
    }
}

struct Example<'a> {
    operation: &'static Operation,
    input: &'a Value,
}

impl Example<'_> {
    fn structure(&self, structure: &'static Structure, depth: usize) -> Value {
        let mut members = Map::new();
        if depth >= DEEPEST {
            return Value::Object(members);
        }
        for (index, member) in structure.members().iter().enumerate() {
            let wanted = structure.required.contains(&index) || (structure.union && index == 0);
            let value = match self.in_request(member.name, &member.shape) {
                Some(value) if !structure.union => value.clone(),
                _ if wanted => self.value(&member.shape, depth + 1),
                _ => continue,
            };
            let name = match member.location {
                Location::Body => member.wire_name,
                _ => member.name,
            };
            members.insert(name.to_owned(), value);
        }
        Value::Object(members)
    }

    /// The member of this name in the request, if it has the same type.
    fn in_request(&self, name: &str, shape: &Shape) -> Option<&Value> {
        let (_, member) = self.operation.input.member(name)?;
        let value = self.input.get(name)?;
        (is_same(&member.shape, shape) && is_one_of(value, shape)).then_some(value)
    }

    fn value(&self, shape: &Shape, depth: usize) -> Value {
        match shape {
            Shape::Structure(structure) => self.structure(structure, depth),
            Shape::List(list) => (0..list.min).map(|_| self.value(&list.item, depth + 1)).collect(),
            Shape::Map(map) if map.min > 0 => {
                json!({text(map.key): self.value(&map.value, depth + 1)})
            }
            Shape::Map(_) | Shape::Document => json!({}),
            Shape::String(kind) => Value::String(text(kind)),
            Shape::Integer(range) => json!(within(range.min, range.max) as i64),
            Shape::Float(range) => json!(within(range.min, range.max)),
            Shape::Boolean => json!(false),
            Shape::Blob(length) => {
                let bytes = b"example".iter().copied().cycle().take(length.min.max(7));
                json!(STANDARD.encode_to_string(bytes.collect::<Vec<u8>>()))
            }
            Shape::Timestamp(TimestampFormat::UnixTimestamp) => json!(MOMENT),
            Shape::Timestamp(TimestampFormat::Iso8601) => json!("2024-01-01T00:00:00Z"),
            Shape::Timestamp(TimestampFormat::Rfc822) => json!("Mon, 01 Jan 2024 00:00:00 GMT"),
        }
    }
}

/// Whether a value of the one shape is a value of the other, apart from the words of an enum.
fn is_same(one: &Shape, other: &Shape) -> bool {
    match (one, other) {
        (Shape::Structure(one), Shape::Structure(other)) => std::ptr::eq(*one, *other),
        (Shape::List(one), Shape::List(other)) => is_same(&one.item, &other.item),
        (Shape::Map(one), Shape::Map(other)) => is_same(&one.value, &other.value),
        (Shape::Timestamp(one), Shape::Timestamp(other)) => one == other,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

fn is_one_of(value: &Value, shape: &Shape) -> bool {
    match (shape, value.as_str()) {
        (Shape::String(kind), Some(value)) => {
            kind.values.is_empty() || kind.values.contains(&value)
        }
        _ => true,
    }
}

fn within(min: Option<f64>, max: Option<f64>) -> f64 {
    let value = min.map_or(1.0, |min| min.max(1.0));
    max.map_or(value, |max| max.min(value))
}

fn text(kind: &'static Text) -> String {
    if let Some(first) = kind.values.first() {
        return (*first).to_owned();
    }
    let fits = |text: &&&str| {
        text.len() >= kind.min
            && kind.max.is_none_or(|max| text.len() <= max)
            && kind.pattern.is_none_or(|pattern| matches(pattern, text))
    };
    if let Some(text) = TEXTS.iter().find(fits) {
        return (*text).to_owned();
    }
    let length = kind.max.map_or(kind.min.max(7), |max| kind.min.max(7).min(max));
    "example".chars().cycle().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::request::validate;
    use crate::model::{Service, service_names};

    fn example(service: &str, operation: &str, input: &Value) -> Value {
        let operation = Service::find(service).unwrap().operation(operation).unwrap();
        Example { operation, input }.structure(operation.output, 0)
    }

    /// What the validation says about the examples of all operations, apart from patterns.
    #[test]
    fn every_example_is_of_the_modelled_type() {
        for service in service_names() {
            for operation in Service::find(service).unwrap().operations {
                if operation.output.event_stream().is_some() {
                    continue;
                }
                let example = Example { operation, input: &json!({}) };
                let example = example.structure(operation.output, 0);
                let found = validate::check(operation.output, example.as_object().unwrap(), 7);
                let problems = found.err().map(|error| error.message).unwrap_or_default();
                let mut problems = problems.split("; ").filter(|text| !text.contains("pattern"));
                let name = operation.name;
                assert_eq!(problems.next().filter(|text| !text.is_empty()), None, "{name}");
            }
        }
    }

    #[test]
    fn members_of_the_request_are_repeated_if_their_type_fits() {
        let input = json!({
            "evaluationJobs": [{}],
            "name": "mine",
            "description": "a flow",
            "executionRoleArn": "arn:aws:iam::123456789012:role/mine",
        });
        let flow = example("bedrock-agent", "CreateFlow", &input);
        assert_eq!((&flow["name"], &flow["description"]), (&json!("mine"), &json!("a flow")));
        assert_eq!(flow["executionRoleArn"], "arn:aws:iam::123456789012:role/mine");
        assert_eq!(flow.get("evaluationJobs"), None);
        // Deeper members, too.
        let agent = example("bedrock-agent", "CreateAgent", &json!({"agentName": "mine"}));
        assert_eq!(agent["agent"]["agentName"], "mine");
        assert_eq!(agent["agent"]["createdAt"], "2024-01-01T00:00:00Z");
    }
}
