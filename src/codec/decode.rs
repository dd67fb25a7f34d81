//! Wire JSON → Python objects. serde's seeds carry the shape, so no intermediate value is created.

use std::cell::Cell;
use std::fmt;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyString, PyTzInfo};
use pyo3::{IntoPyObjectExt, Py};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::fall_back::FallBack;
use super::member_names::MemberNames;
use crate::model::{Member, Operation, Protocol, Shape, Structure, TimestampFormat};

/// How to decode a number if its JSON type is not that of the model. If another value has the wrong
/// type, the fast path falls back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalars {
    /// As in the body of a response: a modelled float is a float even if JSON has `1`.
    Modelled,
    /// As in an event or in the protocol json: a number has the type that it has in JSON.
    AsSent,
}

impl Scalars {
    /// In the responses of an operation.
    pub fn in_responses(operation: &Operation) -> Self {
        match operation.protocol {
            Protocol::RestJson => Scalars::Modelled,
            Protocol::Json => Scalars::AsSent,
        }
    }
}

/// Decodes one structure's JSON and adds its members to `dict`, in the model's order.
pub fn structure<'py>(
    py: Python<'py>,
    names: &'static MemberNames,
    structure: &'static Structure,
    scalars: Scalars,
    json: &[u8],
    dict: &Bound<'py, PyDict>,
) -> Result<(), FallBack> {
    let context = Context { py, names, scalars };
    // The whole text is checked here, because serde_json does not check strings that it skips.
    let json = std::str::from_utf8(json).map_err(|_| FallBack)?;
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let members = Members { context, structure };
    let values = members.deserialize(&mut deserializer).map_err(|_| FallBack)?;
    deserializer.end().map_err(|_| FallBack)?;
    fill(context, structure, values, dict).map_err(|_| FallBack)
}

#[derive(Clone, Copy)]
struct Context<'py> {
    py: Python<'py>,
    names: &'static MemberNames,
    scalars: Scalars,
}

type Value<'py> = Bound<'py, PyAny>;

/// How many values are decoded between two pauses: about 1 ms for small values.
const PAUSE_EVERY: u32 = 8192;

type Pause = fn(Python<'_>);

thread_local! {
    /// The function to call, if there is one, and how many values are left until the call is due.
    static DUE: Cell<Option<(Pause, u32)>> = const { Cell::new(None) };
}

/// Runs `decode`, and calls `pause` about every millisecond.
pub fn pausing<T>(pause: Pause, decode: impl FnOnce() -> T) -> T {
    DUE.set(Some((pause, PAUSE_EVERY)));
    let decoded = decode();
    DUE.set(None);
    decoded
}

fn pause_if_due(py: Python<'_>) {
    match DUE.get() {
        None => {}
        Some((pause, 0)) => {
            pause(py);
            DUE.set(Some((pause, PAUSE_EVERY)));
        }
        Some((pause, left)) => DUE.set(Some((pause, left - 1))),
    }
}

fn fall_back<E: serde::de::Error>(_: impl Sized) -> E {
    // The text is never read: every error of the fast path means that it falls back.
    E::custom("")
}

fn fill<'py>(
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
struct Typed<'py> {
    context: Context<'py>,
    shape: Shape,
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
            Shape::Timestamp(TimestampFormat::Iso8601) => timestamp(py, text).map_err(fall_back),
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
        let float = match (self.shape, self.context.scalars) {
            (Shape::Float(_), _) | (Shape::Integer(_), Scalars::AsSent) => is_surely_float(value),
            _ => false,
        };
        if float {
            Ok(PyFloat::new(self.context.py, value).into_any())
        } else {
            Err(fall_back(FallBack))
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
            _ => None,
        }
    }
}

/// serde_json reads `-0` and integers beyond 64 bits as floats. Python reads them as integers.
fn is_surely_float(value: f64) -> bool {
    value.abs() < 9.2e18 && !(value == 0.0 && value.is_sign_negative())
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

/// `2024-01-05T15:00:00Z`, with at most microseconds.
fn timestamp<'py>(py: Python<'py>, text: &str) -> Result<Value<'py>, FallBack> {
    use aws_smithy_types::date_time::{DateTime, Format};
    let date_time = DateTime::from_str(text, Format::DateTime).map_err(|_| FallBack)?;
    let nanoseconds = date_time.subsec_nanos();
    if nanoseconds % 1_000 != 0 || date_time.secs().unsigned_abs() >= 1 << 35 {
        return Err(FallBack);
    }
    let utc = PyTzInfo::utc(py).map_err(|_| FallBack)?;
    let seconds = date_time.secs() as f64 + f64::from(nanoseconds) / 1e9;
    PyDateTime::from_timestamp(py, seconds, Some(&utc)).map(Bound::into_any).map_err(|_| FallBack)
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
struct Members<'py> {
    context: Context<'py>,
    structure: &'static Structure,
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
            return Err(A::Error::custom(""));
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

/// Any string.
struct Text<'py>(Python<'py>);

impl<'de, 'py> DeserializeSeed<'de> for Text<'py> {
    type Value = Bound<'py, PyString>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'py> Visitor<'_> for Text<'py> {
    type Value = Bound<'py, PyString>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(PyString::new(self.0, text))
    }
}

/// Any JSON value.
#[derive(Clone, Copy)]
struct Document<'py>(Python<'py>);

impl<'de, 'py> DeserializeSeed<'de> for Document<'py> {
    type Value = Value<'py>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, 'py> Visitor<'de> for Document<'py> {
    type Value = Value<'py>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Py::<PyAny>::into_bound(self.0.None(), self.0))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        value.into_bound_py_any(self.0).map_err(fall_back)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(PyInt::new(self.0, value).into_any())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(PyInt::new(self.0, value).into_any())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        if is_surely_float(value) {
            Ok(PyFloat::new(self.0, value).into_any())
        } else {
            Err(fall_back(FallBack))
        }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(PyString::new(self.0, text).into_any())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let out = PyList::empty(self.0);
        while let Some(item) = sequence.next_element_seed(self)? {
            pause_if_due(self.0);
            out.append(item).map_err(fall_back)?;
        }
        Ok(out.into_any())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let out = PyDict::new(self.0);
        while let Some(key) = entries.next_key_seed(Text(self.0))? {
            pause_if_due(self.0);
            out.set_item(key, entries.next_value_seed(self)?).map_err(fall_back)?;
        }
        Ok(out.into_any())
    }
}
