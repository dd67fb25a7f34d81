//! A service model in memory. Everything in it lives as long as the process.

use std::sync::OnceLock;

use super::error::ModelError;
use super::files::{File, Files};

/// One AWS service, e.g. `bedrock-runtime`.
#[derive(Debug)]
pub struct Service {
    /// boto3's name of the service, e.g. `bedrock-runtime`.
    pub name: &'static str,
    /// What this model is found by; see [`Service::find`].
    pub key: &'static str,
    /// e.g. `Bedrock Runtime`.
    pub service_id: &'static str,
    pub api_version: &'static str,
    /// The service's part of its host names.
    pub endpoint_prefix: &'static str,
    pub signing_name: &'static str,
    pub protocol: Protocol,
    /// The auth schemes that the service accepts, in the model's order.
    pub auth: &'static [AuthScheme],
    pub operations: &'static [Operation],
    /// Every member name of the service, once; [`Member::name_index`] indexes it.
    pub member_names: &'static [&'static str],
    pub(super) files: Files,
}

/// How requests and responses represent the members of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The path, the query, headers and a JSON body.
    RestJson,
    /// A JSON body only. A header names the operation.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthScheme {
    SigV4,
    Bearer,
    /// Requests are not authenticated.
    None,
    /// A scheme that fastbedrock does not know, by its name in the model.
    Other(&'static str),
}

#[derive(Debug)]
pub struct Operation {
    /// AWS's name, e.g. `ConverseStream`.
    pub name: &'static str,
    /// Python's name, e.g. `converse_stream`.
    pub method_name: &'static str,
    pub http_method: &'static str,
    /// The parts of the path template, e.g. of `/model/{modelId}/converse`.
    pub uri: &'static [UriPart],
    /// The status of a response that is not an error.
    pub status: u16,
    pub protocol: Protocol,
    /// The headers that every request with a JSON body has.
    pub json_headers: &'static [(&'static str, &'static str)],
    pub input: &'static Structure,
    pub output: &'static Structure,
    pub errors: &'static [&'static Structure],
    pub idempotent: bool,
    /// Indices of the members of the input that are idempotency tokens: a caller who leaves one out
    /// gets a new one.
    pub idempotency_tokens: &'static [usize],
    /// The schemes of this operation: the service's, unless the operation lists its own.
    pub auth: &'static [AuthScheme],
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
    /// Set after the structure has been created, because a structure may contain itself.
    pub(super) members: OnceLock<&'static [Member]>,
    /// Indices of the members that a caller must pass, in the model's order.
    pub required: &'static [usize],
    pub union: bool,
    pub eventstream: bool,
    /// The index of the member that is the whole body, if there is one.
    pub(super) payload: Option<usize>,
    /// Set if the structure is an error.
    pub error: Option<ErrorTrait>,
}

/// The input or output of an operation that has no input or output.
pub(super) static EMPTY: Structure = Structure {
    name: "",
    members: OnceLock::new(),
    required: &[],
    union: false,
    eventstream: false,
    payload: None,
    error: None,
};

/// What the body of a request or a response is.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// A JSON object of the members that are located in the body.
    JsonMembers,
    /// The JSON of one member, e.g. of a structure or a document.
    JsonPayload(&'static Member),
    /// The bytes of one member, a blob. Callers of boto3 read such a response body as a stream,
    /// even if the model does not call it streaming.
    Blob(&'static Member),
    /// The text of one member, a string.
    Text(&'static Member),
    /// Frames. Each frame has an event, which is one member of this structure.
    EventStream(&'static Member, &'static Structure),
}

#[derive(Debug)]
pub struct ErrorTrait {
    pub status: u16,
    /// How the model classifies the error for retries: `Some(true)` is throttling, `Some(false)` is
    /// transient.
    pub retryable_throttling: Option<bool>,
}

#[derive(Debug)]
pub struct Member {
    pub name: &'static str,
    /// The name in the JSON body, header or query string.
    pub wire_name: &'static str,
    pub location: Location,
    pub shape: Shape,
    /// Index of `name` in [`Service::member_names`].
    pub name_index: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    Body,
    Uri,
    Query,
    Header,
    /// The response's status.
    StatusCode,
    /// A location that only the slow path handles: headers with a prefix, JSON in a header, a
    /// header or the payload of an event's frame.
    Special,
}

#[derive(Debug, Clone, Copy)]
pub enum Shape {
    Structure(&'static Structure),
    List(&'static List),
    Map(&'static Map),
    String(&'static Text),
    /// 32-bit and 64-bit integers are one kind in Python.
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
    /// The values in the model; empty if every string is valid.
    pub values: &'static [&'static str],
    /// The regular expression by which the service checks values. Clients do not check it.
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
    /// The operation with AWS's `name`, e.g. `ConverseStream`.
    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// Whether the service accepts this scheme.
    pub fn takes(&self, scheme: AuthScheme) -> bool {
        self.auth.contains(&scheme)
    }

    /// The JSON text of one of the model's files; `None` if the service has no such file.
    pub fn text(&self, file: File) -> Result<Option<String>, ModelError> {
        self.files.text(file)
    }
}

impl Operation {
    /// Whether frames flow in both directions. Such an operation is more than one request and one
    /// response.
    pub fn is_bidirectional(&self) -> bool {
        self.input.event_stream().is_some()
    }

    /// Whether every request has a JSON object as its body, even an empty one.
    pub fn sends_json_object(&self) -> bool {
        let in_body = |member: &Member| member.location == Location::Body;
        match self.protocol {
            Protocol::RestJson => {
                self.input.payload.is_none() && self.input.members().iter().any(in_body)
            }
            Protocol::Json => true,
        }
    }
}

impl Structure {
    /// The members in the model's order.
    pub fn members(&self) -> &'static [Member] {
        self.members.get().copied().unwrap_or(&[])
    }

    /// The member with boto3's `name` and its index.
    pub fn member(&self, name: &str) -> Option<(usize, &'static Member)> {
        self.members().iter().enumerate().find(|(_, member)| member.name == name)
    }

    /// What the body of a request or a response with this structure is.
    pub fn body(&self) -> Body {
        let Some(member) = self.payload.and_then(|index| self.members().get(index)) else {
            return Body::JsonMembers;
        };
        match member.shape {
            Shape::Blob(_) => Body::Blob(member),
            Shape::String(_) => Body::Text(member),
            Shape::Structure(stream) if stream.eventstream => Body::EventStream(member, stream),
            _ => Body::JsonPayload(member),
        }
    }

    /// Whether all members are in the body, as one JSON object.
    pub fn is_json_alone(&self) -> bool {
        let mut members = self.members().iter();
        self.payload.is_none() && members.all(|member| member.location == Location::Body)
    }

    /// The events, if the body is an event stream.
    pub fn event_stream(&self) -> Option<&'static Structure> {
        match self.body() {
            Body::EventStream(_, stream) => Some(stream),
            _ => None,
        }
    }
}

impl Body {
    /// The member that is the whole body, if there is one.
    pub fn member(self) -> Option<&'static Member> {
        match self {
            Body::JsonMembers => None,
            Body::JsonPayload(member)
            | Body::Blob(member)
            | Body::Text(member)
            | Body::EventStream(member, _) => Some(member),
        }
    }

    /// Whether callers read a response's body as a stream.
    pub fn is_streamed(self) -> bool {
        matches!(self, Body::Blob(_) | Body::EventStream(..))
    }
}
