//! Parameters → JSON.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::blob::Blob;
use super::constraints::{SeenMembers, is_in_range, is_shorter};
use super::depth::DepthGuard;
use super::document::Document;
use super::json::Json;
use crate::codec::fall_back::{FallBack, encoding as fall_back};
use crate::codec::timestamps;
use crate::model::{List, Map, Range, Shape, Structure};

/// The JSON of one value, for the tests.
#[cfg(test)]
pub fn json_of(value: &Bound<'_, PyAny>, shape: Shape) -> Result<Vec<u8>, FallBack> {
    let json = Json::default();
    json.write(&Typed { value, shape, json: &json }).map(|(text, _)| text)
}

/// A Python value and the shape that it must have.
pub struct Typed<'a, 'py> {
    pub value: &'a Bound<'py, PyAny>,
    pub shape: Shape,
    pub json: &'a Json,
}

impl Serialize for Typed<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.shape {
            Shape::Structure(structure) => self.structure(structure, serializer),
            Shape::List(list) => self.list(list, serializer),
            Shape::Map(map) => self.map(map, serializer),
            Shape::String(text) => {
                let value = self.value.cast::<PyString>().map_err(fall_back)?;
                let value = value.to_str().map_err(fall_back)?;
                if is_shorter(value, text.min) {
                    return Err(fall_back(FallBack));
                }
                serializer.serialize_str(value)
            }
            Shape::Integer(range) => self.number(range, false, serializer),
            Shape::Float(range) => self.number(range, true, serializer),
            Shape::Boolean => {
                serializer.serialize_bool(self.value.cast::<PyBool>().map_err(fall_back)?.is_true())
            }
            Shape::Blob(_) => {
                let blob = Blob::of(self.value).map_err(fall_back)?;
                if !blob.is_large() {
                    return serializer.serialize_bytes(blob.as_slice());
                }
                self.json.insert_into_next_string(blob.into_bytes().map_err(fall_back)?);
                serializer.serialize_str("")
            }
            Shape::Document if self.value.is_none() => Err(fall_back(FallBack)),
            Shape::Document => {
                Document { value: self.value, json: self.json }.serialize(serializer)
            }
            Shape::Timestamp(format) => {
                let timestamp = timestamps::in_json(self.value, format).map_err(fall_back)?;
                timestamp.serialize(serializer)
            }
        }
    }
}

impl<'py> Typed<'_, 'py> {
    fn inner<'a>(&'a self, value: &'a Bound<'py, PyAny>, shape: Shape) -> Typed<'a, 'py> {
        Typed { value, shape, json: self.json }
    }

    fn structure<S: Serializer>(
        &self,
        structure: &'static Structure,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let dict = self.value.cast_exact::<PyDict>().map_err(fall_back)?;
        if structure.union && dict.len() != 1 {
            return Err(fall_back(FallBack));
        }
        let depth_guard = DepthGuard::enter(&self.json.depth).map_err(fall_back)?;
        let mut seen = SeenMembers::new(structure);
        let mut map = serializer.serialize_map(Some(dict.len()))?;
        for (key, value) in dict.iter() {
            let (_, member) = seen.add(&key).map_err(fall_back)?;
            map.serialize_entry(member.wire_name, &self.inner(&value, member.shape))?;
        }
        seen.check_required().map_err(fall_back)?;
        drop(depth_guard);
        map.end()
    }

    fn list<S: Serializer>(&self, list: &'static List, serializer: S) -> Result<S::Ok, S::Error> {
        let depth_guard = DepthGuard::enter(&self.json.depth).map_err(fall_back)?;
        let outcome = if let Ok(items) = self.value.cast_exact::<PyList>() {
            self.items(list, items.iter(), serializer)
        } else if let Ok(items) = self.value.cast_exact::<PyTuple>() {
            self.items(list, items.iter(), serializer)
        } else {
            Err(fall_back(FallBack))
        };
        drop(depth_guard);
        outcome
    }

    fn items<S: Serializer>(
        &self,
        list: &'static List,
        items: impl ExactSizeIterator<Item = Bound<'py, PyAny>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        if items.len() < list.min {
            return Err(fall_back(FallBack));
        }
        let mut sequence = serializer.serialize_seq(Some(items.len()))?;
        for item in items {
            sequence.serialize_element(&self.inner(&item, list.item))?;
        }
        sequence.end()
    }

    fn map<S: Serializer>(&self, map: &'static Map, serializer: S) -> Result<S::Ok, S::Error> {
        let dict = self.value.cast_exact::<PyDict>().map_err(fall_back)?;
        let depth_guard = DepthGuard::enter(&self.json.depth).map_err(fall_back)?;
        let mut entries = serializer.serialize_map(Some(dict.len()))?;
        for (key, value) in dict.iter() {
            let key = key.cast_exact::<PyString>().map_err(fall_back)?;
            let key = key.to_str().map_err(fall_back)?;
            if is_shorter(key, map.key.min) {
                return Err(fall_back(FallBack));
            }
            entries.serialize_entry(key, &self.inner(&value, map.value))?;
        }
        drop(depth_guard);
        entries.end()
    }

    fn number<S: Serializer>(
        &self,
        range: &Range,
        float: bool,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        if let Ok(value) = self.value.cast_exact::<PyBool>() {
            let value = value.is_true();
            return if is_in_range(f64::from(u8::from(value)), range) {
                serializer.serialize_bool(value)
            } else {
                Err(fall_back(FallBack))
            };
        }
        if let Ok(value) = self.value.cast::<PyInt>() {
            let value: i64 = value.extract().map_err(fall_back)?;
            return if is_in_range(value as f64, range) {
                serializer.serialize_i64(value)
            } else {
                Err(fall_back(FallBack))
            };
        }
        match self.value.cast::<PyFloat>() {
            Ok(value)
                if float && value.value().is_finite() && is_in_range(value.value(), range) =>
            {
                serializer.serialize_f64(value.value())
            }
            _ => Err(fall_back(FallBack)),
        }
    }
}
