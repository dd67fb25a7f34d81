//! JSON → the values of a shape.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyList};

use super::document::{boolean, document, integer, text};
use super::json::{Json, Kind, Number};
use super::pause::pause_if_due;
use crate::codec::fall_back::FallBack;
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

/// Structures with more members than this need an allocation for their values.
const FEW: usize = 8;

impl<'py> Context<'py> {
    /// A value of the shape, which is not null.
    pub fn value(self, shape: Shape, json: &mut Json<'_>) -> Result<Value<'py>, FallBack> {
        let py = self.py;
        match (shape, json.kind()?) {
            (Shape::Structure(structure), Kind::Object) => {
                let dict = PyDict::new(py);
                self.members(structure, json, &dict)?;
                Ok(dict.into_any())
            }
            (Shape::List(list), Kind::Array) => {
                let out = PyList::empty(py);
                json.array(|json| {
                    pause_if_due(py);
                    let item = self.nullable(list.item, json)?;
                    let item = item.unwrap_or_else(|| py.None().into_bound(py));
                    out.append(item).map_err(|_| FallBack)
                })?;
                Ok(out.into_any())
            }
            (Shape::Map(map), Kind::Object) => {
                let out = PyDict::new(py);
                json.object(|json, key| {
                    pause_if_due(py);
                    let value = self.value(map.value, json)?;
                    out.set_item(text(py, &key)?, value).map_err(|_| FallBack)
                })?;
                Ok(out.into_any())
            }
            (Shape::String(_), Kind::String) => text(py, &json.string()?).map(Bound::into_any),
            (Shape::Blob(_), Kind::String) => blob(py, &json.string()?),
            (Shape::Timestamp(_), Kind::String) => {
                let text = json.string()?;
                let text = std::str::from_utf8(&text).map_err(|_| FallBack)?;
                timestamps::from_text(py, text).map(Bound::into_any)
            }
            (Shape::Boolean, kind @ (Kind::True | Kind::False)) => {
                boolean(py, json, kind == Kind::True)
            }
            (Shape::Integer(_) | Shape::Float(_) | Shape::Timestamp(_), Kind::Number) => {
                self.number(shape, json.number()?)
            }
            (Shape::Document, _) => document(py, json),
            _ => Err(FallBack),
        }
    }

    /// A value of the shape; `None` for null, e.g. for an item of a list.
    fn nullable(self, shape: Shape, json: &mut Json<'_>) -> Result<Option<Value<'py>>, FallBack> {
        match json.kind()? {
            Kind::Null => json.literal("null").map(|()| None),
            _ => self.value(shape, json).map(Some),
        }
    }

    fn number(self, shape: Shape, number: Number) -> Result<Value<'py>, FallBack> {
        let py = self.py;
        match (shape, self.scalars, number) {
            (Shape::Integer(_), _, Number::Integer(value))
            | (Shape::Float(_), Scalars::AsSent, Number::Integer(value)) => Ok(integer(py, value)),
            (_, _, Number::Integer(value)) => {
                let value = i64::try_from(value).map_err(|_| FallBack)? as f64;
                match shape {
                    Shape::Float(_) => Ok(PyFloat::new(py, value).into_any()),
                    _ => timestamps::from_seconds(py, value).map(Bound::into_any),
                }
            }
            (Shape::Float(_), _, Number::Float(value))
            | (Shape::Integer(_), Scalars::AsSent, Number::Float(value)) => {
                Ok(PyFloat::new(py, value).into_any())
            }
            (Shape::Timestamp(_), _, Number::Float(value)) => {
                timestamps::from_seconds(py, value).map(Bound::into_any)
            }
            _ => Err(FallBack),
        }
    }

    /// Adds the members that have a value to `dict`, in the model's order. Unknown members are dropped.
    pub fn members(
        self,
        structure: &'static Structure,
        json: &mut Json<'_>,
        dict: &Bound<'py, PyDict>,
    ) -> Result<(), FallBack> {
        let members = structure.members();
        let (mut few, mut many) = ([const { None }; FEW], Vec::new());
        let values = if let Some(few) = few.get_mut(..members.len()) {
            few
        } else {
            many.resize_with(members.len(), || None);
            many.as_mut_slice()
        };
        json.object(|json, key| {
            let mut places = members.iter().zip(values.iter_mut());
            match places.find(|(member, _)| member.wire_name.as_bytes() == &key[..]) {
                Some((member, value)) => *value = self.nullable(member.shape, json)?,
                // The slow path handles a union with a member that the model does not have.
                None if structure.union && json.kind()? != Kind::Null => return Err(FallBack),
                None => json.skip_value()?,
            }
            Ok(())
        })?;
        if structure.union && values.iter().flatten().count() != 1 {
            return Err(FallBack);
        }
        for (member, value) in members.iter().zip(values) {
            if let Some(value) = value.take() {
                self.set(dict, member, value)?;
            }
        }
        Ok(())
    }

    pub fn set(
        self,
        dict: &Bound<'py, PyDict>,
        member: &'static Member,
        value: Value<'py>,
    ) -> Result<(), FallBack> {
        dict.set_item(self.names.name(self.py, member), value).map_err(|_| FallBack)
    }
}

fn blob<'py>(py: Python<'py>, encoded: &[u8]) -> Result<Value<'py>, FallBack> {
    let length = base64_simd::STANDARD.decoded_length(encoded).map_err(|_| FallBack)?;
    let bytes = PyBytes::new_with(py, length, |out| {
        base64_simd::STANDARD
            .decode(encoded, base64_simd::Out::from_slice(out))
            .map(|_| ())
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))
    });
    bytes.map(Bound::into_any).map_err(|_| FallBack)
}
