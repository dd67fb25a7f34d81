//! The service models as static tables. Knows neither Python nor HTTP clients.
//!
//! `build.rs` turns each `models/<service>.json` into statics of these types, so importing costs
//! nothing and a lookup is a pointer. A new service is a new JSON file.

mod tables {
    #![allow(clippy::unreadable_literal)]
    use super::*;
    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

pub use tables::SERVICES;

/// One AWS service, e.g. `bedrock-runtime`.
#[derive(Debug)]
pub struct Service {
    /// boto3's name of the service, e.g. `bedrock-runtime`.
    pub name: &'static str,
    /// e.g. `Bedrock Runtime`.
    pub service_id: &'static str,
    pub api_version: &'static str,
    pub signing_name: &'static str,
    pub operations: &'static [Operation],
    /// Every member name of the service, once; [`Member::key`] indexes it.
    pub keys: &'static [&'static str],
    /// The JSON file that the tables were made from, for readers that want the model as data.
    pub json: &'static str,
}

#[derive(Debug)]
pub struct Operation {
    /// AWS's name, e.g. `ConverseStream`.
    pub name: &'static str,
    /// Python's name, e.g. `converse_stream`.
    pub method_name: &'static str,
    pub http_method: &'static str,
    /// The path template, e.g. `/model/{modelId}/converse`, cut at its labels.
    pub uri: &'static [UriPart],
    pub input: &'static Structure,
    pub output: &'static Structure,
    pub errors: &'static [&'static Structure],
    pub idempotent: bool,
    /// Frames flow in both directions: not callable as request and response.
    pub bidirectional: bool,
}

#[derive(Debug)]
pub enum UriPart {
    Literal(&'static str),
    /// The member of the input with this index; `greedy` keeps slashes (`{name+}`).
    Label {
        member: usize,
        greedy: bool,
    },
}

#[derive(Debug)]
pub struct Structure {
    pub name: &'static str,
    pub members: &'static [Member],
    /// Indices of the members that a caller must give, in the model's order.
    pub required: &'static [usize],
    pub union: bool,
    pub eventstream: bool,
    /// The member that is the HTTP body as it is.
    pub payload: Option<usize>,
    /// Set where the structure is an error.
    pub error: Option<ErrorTrait>,
}

#[derive(Debug)]
pub struct ErrorTrait {
    pub status: u16,
    /// The model's word on retries: `Some(true)` as throttling, `Some(false)` as transient.
    pub retryable_throttling: Option<bool>,
}

#[derive(Debug)]
pub struct Member {
    pub name: &'static str,
    /// The name in the JSON body, header or query string.
    pub wire_name: &'static str,
    pub location: Location,
    pub shape: Shape,
    pub idempotency_token: bool,
    /// Index of `name` in [`Service::keys`].
    pub key: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    Body,
    Uri,
    Query,
    Header,
}

#[derive(Debug, Clone, Copy)]
pub enum Shape {
    Structure(&'static Structure),
    List(&'static List),
    Map(&'static Map),
    String(&'static Text),
    /// 32-bit and 64-bit integers differ on paper only: Python has one kind.
    Integer(&'static Range),
    Float(&'static Range),
    Boolean,
    Blob(&'static Length),
    Timestamp(TimestampFormat),
    /// Any JSON value.
    Document,
}

#[derive(Debug)]
pub struct List {
    pub item: Shape,
    pub min: usize,
    pub max: Option<usize>,
}

#[derive(Debug)]
pub struct Map {
    pub key: &'static Text,
    pub value: Shape,
    pub min: usize,
    pub max: Option<usize>,
}

#[derive(Debug)]
pub struct Text {
    /// Shortest length in characters.
    pub min: usize,
    pub max: Option<usize>,
    /// The values that the model knows; empty where any string goes.
    pub values: &'static [&'static str],
    /// The regular expression that the service holds values to. Clients do not check it.
    pub pattern: Option<&'static str>,
}

#[derive(Debug)]
pub struct Length {
    /// Smallest size in bytes.
    pub min: usize,
    pub max: Option<usize>,
}

#[derive(Debug)]
pub struct Range {
    pub min: Option<f64>,
    pub max: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampFormat {
    Iso8601,
    Rfc822,
    UnixTimestamp,
}

impl Service {
    /// The service that boto3 calls `name`.
    pub fn find(name: &str) -> Option<&'static Service> {
        SERVICES.iter().copied().find(|service| service.name == name)
    }

    /// The operation with AWS's `name`, e.g. `ConverseStream`.
    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }
}

impl Structure {
    /// The member with boto3's `name` and its index.
    pub fn member(&self, name: &str) -> Option<(usize, &'static Member)> {
        self.members.iter().enumerate().find(|(_, member)| member.name == name)
    }

    /// The payload member where it is an event stream.
    pub fn event_stream(&self) -> Option<&'static Structure> {
        match self.members.get(self.payload?)?.shape {
            Shape::Structure(structure) if structure.eventstream => Some(structure),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hold_the_runtime_service() {
        let service = Service::find("bedrock-runtime").unwrap();
        assert_eq!(service.signing_name, "bedrock");
        let converse = service.operation("Converse").unwrap();
        assert_eq!(converse.method_name, "converse");
        let (_, model_id) = converse.input.member("modelId").unwrap();
        assert_eq!(model_id.location, Location::Uri);
        assert!(service.operation("ConverseStream").unwrap().output.event_stream().is_some());
        assert!(service.operation("Converse").unwrap().output.event_stream().is_none());
    }

    #[test]
    fn keys_name_their_members() {
        for service in SERVICES {
            for operation in service.operations {
                for member in operation.input.members.iter().chain(operation.output.members) {
                    assert_eq!(service.keys[member.key], member.name);
                }
            }
        }
    }
}
