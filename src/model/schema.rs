//! The JSON of `service-2`, as far as the tables need it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

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
    pub api_version: Str<'a>,
    pub endpoint_prefix: Str<'a>,
    pub protocol: Str<'a>,
    #[serde(default)]
    pub protocols: Vec<Str<'a>>,
    pub service_id: Str<'a>,
    pub signing_name: Option<Str<'a>>,
    pub signature_version: Option<Str<'a>>,
    pub auth: Option<Vec<Str<'a>>>,
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
    pub auth: Option<Vec<Str<'a>>>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Http<'a> {
    #[serde(borrow)]
    pub method: Str<'a>,
    pub request_uri: Str<'a>,
}

/// A use of a shape, with the traits that belong to that use.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    pub shape: Str<'a>,
    pub location: Option<Str<'a>>,
    pub location_name: Option<Str<'a>>,
    pub timestamp_format: Option<Str<'a>>,
    #[serde(default)]
    pub idempotency_token: bool,
    #[serde(default)]
    pub jsonvalue: bool,
    #[serde(default)]
    pub eventheader: bool,
    #[serde(default)]
    pub eventpayload: bool,
}

/// A shape of any type: the type decides which of the facts it has.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Shape<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Str<'a>,
    #[serde(default)]
    pub members: Ordered<'a, Reference<'a>>,
    #[serde(default)]
    pub required: Vec<Str<'a>>,
    pub payload: Option<Str<'a>>,
    pub member: Option<Reference<'a>>,
    pub key: Option<Reference<'a>>,
    pub value: Option<Reference<'a>>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub pattern: Option<Str<'a>>,
    #[serde(default, rename = "enum")]
    pub values: Vec<Str<'a>>,
    pub timestamp_format: Option<Str<'a>>,
    pub error: Option<ErrorFacts>,
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
pub(super) struct ErrorFacts {
    pub http_status_code: Option<u16>,
}

#[derive(serde::Deserialize)]
pub(super) struct Retryable {
    #[serde(default)]
    pub throttling: bool,
}

/// Text that is borrowed from the file unless it has escapes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Str<'a>(Cow<'a, str>);

impl Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Str<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Str(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Str(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// A JSON object in the file's order, which is the order that callers see.
pub(super) struct Ordered<'a, T>(pub Vec<(Str<'a>, T)>);

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
