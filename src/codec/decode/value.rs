//! JSON → the values of a shape.

use std::fmt;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyString};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::document::{Document, Text, is_surely_float};
use super::pause::pause_if_due;
use crate::codec::fall_back::{FallBack, decoding as fall_back};
use crate::codec::member_names::MemberNames;
use crate::codec::timestamps;
use crate::model::{Member, Shape, Structure};

/// How to decode a number if its JSON type is not that of the model. If another value has the wrong
/// type, the fast path falls back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalars {
    /// As in the body of a response: a modelled float is a float even if JSON has `1`.
    Modelled,
    /// As in an event or in the protocol json: a number has the type that it has in JSON.
    AsSent,
}

#[derive(Clone, Copy)]
pub struct Context<'py> {
    pub py: Python<'py>,
    pub names: &'static MemberNames,
    pub scalars: Scalars,
}

pub type Value<'py> = Bound<'py, PyAny>;

/// Adds the members that have a value, in the model's order.
pub fn fill<'py>(
    context: Context<'py>,
    structure: &'static Structure,
    values: Vec<Option<Value<'py>>>,
    dict: &Bound<'py, PyDict>,
) -> PyResult<()> {
    for (member, value) in structure.members().iter().zip(values) {
        if let Some(value) = value {
            dict.set_item(context.names.name(context.py, member), value)?;
        }
    }
    Ok(())
}

/// A value of the shape. [`Nullable`] allows null, too.
#[derive(Clone, Copy)]
pub struct Typed<'py> {
    pub context: Context<'py>,
    pub shape: Shape,
}

impl<'de, 'py> DeserializeSeed<'de> for Typed<'py> {
    type Value = Value<'py>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let Typed { context, shape } = self;
        match shape {
            Shape::Structure(structure) => {
                let values = Members { context, structure }.deserialize(deserializer)?;
                let dict = PyDict::new(context.py);
                fill(context, structure, values, &dict).map_err(fall_back)?;
                Ok(dict.into_any())
            }
            Shape::Document => deserializer.deserialize_any(Document(context.py)),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de, 'py> Visitor<'de> for Typed<'py> {
    type Value = Value<'py>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of the modelled shape")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let py = self.context.py;
        match self.shape {
            Shape::String(_) => Ok(PyString::new(py, text).into_any()),
            Shape::Blob(_) => blob(py, text).map_err(fall_back),
            Shape::Timestamp(_) => timestamp(timestamps::from_text(py, text)),
            _ => Err(fall_back(FallBack)),
        }
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        match self.shape {
            Shape::Boolean => value.into_bound_py_any(self.context.py).map_err(fall_back),
            _ => Err(fall_back(FallBack)),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        self.integer(value, |py| PyInt::new(py, value).into_any())
            .ok_or_else(|| fall_back(FallBack))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        self.integer(value, |py| PyInt::new(py, value).into_any())
            .ok_or_else(|| fall_back(FallBack))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        let py = self.context.py;
        match (self.shape, self.context.scalars) {
            _ if !is_surely_float(value) => Err(fall_back(FallBack)),
            (Shape::Float(_), _) | (Shape::Integer(_), Scalars::AsSent) => {
                Ok(PyFloat::new(py, value).into_any())
            }
            (Shape::Timestamp(_), _) => timestamp(timestamps::from_seconds(py, value)),
            _ => Err(fall_back(FallBack)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let Shape::List(list) = self.shape else { return Err(fall_back(FallBack)) };
        let out = PyList::empty(self.context.py);
        let seed = Nullable(Typed { context: self.context, shape: list.item });
        while let Some(item) = sequence.next_element_seed(seed)? {
            pause_if_due(self.context.py);
            match item {
                Some(item) => out.append(item).map_err(fall_back)?,
                None => out.append(self.context.py.None()).map_err(fall_back)?,
            }
        }
        Ok(out.into_any())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let Shape::Map(map) = self.shape else { return Err(fall_back(FallBack)) };
        let out = PyDict::new(self.context.py);
        while let Some(key) = entries.next_key_seed(Text(self.context.py))? {
            pause_if_due(self.context.py);
            let value =
                entries.next_value_seed(Typed { context: self.context, shape: map.value })?;
            out.set_item(key, value).map_err(fall_back)?;
        }
        Ok(out.into_any())
    }
}

impl<'py> Typed<'py> {
    /// An integer, for the shapes that can be one.
    fn integer<N>(
        self,
        value: N,
        integer: impl FnOnce(Python<'py>) -> Value<'py>,
    ) -> Option<Value<'py>>
    where
        N: TryInto<i64> + Copy,
    {
        let py = self.context.py;
        match (self.shape, self.context.scalars) {
            (Shape::Integer(_), _) | (Shape::Float(_), Scalars::AsSent) => Some(integer(py)),
            (Shape::Float(_), Scalars::Modelled) => {
                let value: i64 = value.try_into().ok()?;
                Some(PyFloat::new(py, value as f64).into_any())
            }
            (Shape::Timestamp(_), _) => {
                let value: i64 = value.try_into().ok()?;
                timestamps::from_seconds(py, value as f64).ok().map(Bound::into_any)
            }
            _ => None,
        }
    }
}

fn blob<'py>(py: Python<'py>, text: &str) -> Result<Value<'py>, FallBack> {
    let encoded = text.as_bytes();
    let length = base64_simd::STANDARD.decoded_length(encoded).map_err(|_| FallBack)?;
    let bytes = PyBytes::new_with(py, length, |out| {
        base64_simd::STANDARD
            .decode(encoded, base64_simd::Out::from_slice(out))
            .map(|_| ())
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))
    });
    bytes.map(Bound::into_any).map_err(|_| FallBack)
}

fn timestamp<'py, E: serde::de::Error>(
    read: Result<Bound<'py, PyDateTime>, FallBack>,
) -> Result<Value<'py>, E> {
    read.map(Bound::into_any).map_err(fall_back)
}

/// A value of the shape; `None` for null, e.g. for an item of a list.
#[derive(Clone, Copy)]
struct Nullable<'py>(Typed<'py>);

impl<'de, 'py> DeserializeSeed<'de> for Nullable<'py> {
    type Value = Option<Value<'py>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, 'py> Visitor<'de> for Nullable<'py> {
    type Value = Option<Value<'py>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of the modelled shape, or null")
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(deserializer).map(Some)
    }
}

/// The members of a structure, at their indices in the model. Unknown members are dropped.
pub struct Members<'py> {
    pub context: Context<'py>,
    pub structure: &'static Structure,
}

impl<'de, 'py> DeserializeSeed<'de> for Members<'py> {
    type Value = Vec<Option<Value<'py>>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, 'py> Visitor<'de> for Members<'py> {
    type Value = Vec<Option<Value<'py>>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.structure.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let Members { context, structure } = self;
        let mut values = Vec::new();
        values.resize_with(structure.members().len(), || None);
        while let Some(member) = entries.next_key_seed(MemberSeed(structure))? {
            let known = member.and_then(|(index, member): (usize, &'static Member)| {
                Some((values.get_mut(index)?, member))
            });
            match known {
                Some((slot, member)) => {
                    *slot = entries
                        .next_value_seed(Nullable(Typed { context, shape: member.shape }))?;
                }
                // The slow path handles a union with a member that the model does not have.
                None if structure.union => {
                    if entries.next_value::<Option<IgnoredAny>>()?.is_some() {
                        return Err(fall_back(FallBack));
                    }
                }
                None => {
                    entries.next_value::<IgnoredAny>()?;
                }
            }
        }
        if structure.union && values.iter().flatten().count() != 1 {
            return Err(fall_back(FallBack));
        }
        Ok(values)
    }
}

/// The member that a JSON key names, with its index.
struct MemberSeed(&'static Structure);

impl<'de> DeserializeSeed<'de> for MemberSeed {
    type Value = Option<(usize, &'static Member)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for MemberSeed {
    type Value = Option<(usize, &'static Member)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member name")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.members().iter().enumerate().find(|(_, member)| member.wire_name == key))
    }
}
