//! The JSON of `service-2`, as far as the tables need it. Names are borrowed from the text, so they
//! cannot contain escapes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

#[derive(serde::Deserialize)]
pub(super) struct Model<'a> {
    #[serde(borrow)]
    pub metadata: Metadata<'a>,
    #[serde(borrow)]
    pub operations: Ordered<'a, Operation<'a>>,
    #[serde(borrow)]
    pub shapes: Ordered<'a, Shape<'a>>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata<'a> {
    #[serde(borrow)]
    pub api_version: &'a str,
    pub endpoint_prefix: &'a str,
    pub protocol: &'a str,
    #[serde(default)]
    pub protocols: Vec<&'a str>,
    pub json_version: Option<&'a str>,
    pub target_prefix: Option<&'a str>,
    /// The service once spoke the protocol query, and its errors have codes of that time.
    pub aws_query_compatible: Option<serde::de::IgnoredAny>,
    pub service_id: &'a str,
    pub signing_name: Option<&'a str>,
    pub signature_version: Option<&'a str>,
    pub auth: Option<Vec<&'a str>>,
}

#[derive(serde::Deserialize)]
pub(super) struct Operation<'a> {
    #[serde(borrow)]
    pub http: Http<'a>,
    pub input: Option<Reference<'a>>,
    pub output: Option<Reference<'a>>,
    #[serde(default)]
    pub errors: Vec<Reference<'a>>,
    #[serde(default)]
    pub idempotent: bool,
    pub auth: Option<Vec<&'a str>>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Http<'a> {
    #[serde(borrow)]
    pub method: &'a str,
    pub request_uri: &'a str,
    pub response_code: Option<u16>,
}

/// A use of a shape, with the traits that belong to that use.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    pub shape: &'a str,
    pub location: Option<&'a str>,
    pub location_name: Option<&'a str>,
    pub timestamp_format: Option<&'a str>,
    #[serde(default)]
    pub idempotency_token: bool,
    #[serde(default)]
    pub jsonvalue: bool,
    #[serde(default)]
    pub eventheader: bool,
    #[serde(default)]
    pub eventpayload: bool,
}

/// The definition of a shape. The type decides which of the fields it has.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shape<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: &'a str,
    #[serde(default)]
    pub members: Ordered<'a, Reference<'a>>,
    #[serde(default)]
    pub required: Vec<&'a str>,
    pub payload: Option<&'a str>,
    pub member: Option<Reference<'a>>,
    pub key: Option<Reference<'a>>,
    pub value: Option<Reference<'a>>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub pattern: Option<Cow<'a, str>>,
    #[serde(default, rename = "enum")]
    pub values: Vec<Cow<'a, str>>,
    pub timestamp_format: Option<&'a str>,
    #[serde(borrow)]
    pub error: Option<ErrorDefinition<'a>>,
    pub retryable: Option<Retryable>,
    #[serde(default)]
    pub document: bool,
    #[serde(default)]
    pub union: bool,
    #[serde(default)]
    pub eventstream: bool,
    #[serde(default)]
    pub exception: bool,
    #[serde(default)]
    pub jsonvalue: bool,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorDefinition<'a> {
    pub http_status_code: Option<u16>,
    /// Read so that a code of another type is refused: Python looks errors up by it.
    #[serde(borrow, rename = "code")]
    _code: Option<Cow<'a, str>>,
}

#[derive(serde::Deserialize)]
pub(super) struct Retryable {
    #[serde(default)]
    pub throttling: bool,
}

/// A JSON object in the file's order, which is the order that callers see.
pub(super) struct Ordered<'a, T>(pub Vec<(&'a str, T)>);

impl<T> Default for Ordered<'_, T> {
    fn default() -> Self {
        Ordered(Vec::new())
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Ordered<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<'a, T>(PhantomData<fn() -> Ordered<'a, T>>);

        impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for Entries<'a, T> {
            type Value = Ordered<'a, T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}
