//! Parameters → request: one walk that validates the parameters and writes their JSON.

use std::cell::Cell;

use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple,
};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

use super::base64::Base64Formatter;
use super::fall_back::{FallBack, MAX_DEPTH};
use crate::model::{Body, List, Location, Map, Member, Operation, Range, Shape, Structure};

/// The parts of a request that depend on its parameters.
#[derive(Debug, Default)]
pub struct Encoded {
    /// The values in the path, unescaped, each with the index of its member in the input.
    pub labels: Vec<(usize, String)>,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// Encodes the call, or falls back. A call that falls back has not read from any file-like object.
pub fn request(
    operation: &'static Operation,
    params: &Bound<'_, PyDict>,
) -> Result<Encoded, FallBack> {
    let input = operation.input;
    let body = input.body();
    let mut encoded = Encoded::default();
    let mut seen = SeenMembers::new(input);
    let mut payload = None;
    for (key, value) in params.iter() {
        let (index, member) = seen.add(&key)?;
        match member.location {
            Location::Body
                if body.member().is_some_and(|payload| std::ptr::eq(payload, member)) =>
            {
                payload = Some(value);
            }
            Location::Body => {}
            Location::Uri => {
                let text = exact_text(&value, member.shape)?;
                encoded.labels.push((index, text.to_str().map_err(|_| FallBack)?.to_owned()));
            }
            Location::Header => {
                let text = exact_text(&value, member.shape)?;
                let text = text.to_str().map_err(|_| FallBack)?;
                if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || text.trim() != text {
                    return Err(FallBack);
                }
                encoded.headers.push((member.wire_name, text.to_owned()));
            }
            Location::Query | Location::StatusCode | Location::Special => return Err(FallBack),
        }
    }
    seen.check_required()?;
    if input
        .members()
        .iter()
        .enumerate()
        .any(|(index, member)| member.idempotency_token && !seen.contains(index))
    {
        return Err(FallBack);
    }
    match (body, payload) {
        (Body::JsonMembers, _) => {
            if operation.sends_json_object() {
                let headers = operation.json_headers.iter();
                encoded.headers.extend(headers.map(|(name, value)| (*name, (*value).to_owned())));
                encoded.body = json(&InBody { input, params })?;
            }
        }
        (Body::Blob(_), Some(value)) => {
            with_blob(&value, |bytes| encoded.body = bytes.to_vec())?;
        }
        (Body::Blob(_), None) => {}
        (Body::JsonPayload(_) | Body::Text(_) | Body::EventStream(..), _) => return Err(FallBack),
    }
    Ok(encoded)
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, FallBack> {
    let mut out = Vec::with_capacity(512);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Base64Formatter);
    value.serialize(&mut serializer).map_err(|_| FallBack)?;
    Ok(out)
}

/// The JSON of one value, for the tests.
#[cfg(test)]
pub(super) fn value(value: &Bound<'_, PyAny>, shape: Shape) -> Result<Vec<u8>, FallBack> {
    json(&Typed { value, shape, depth: &Cell::new(0) })
}

/// The members of one structure value that have been seen.
struct SeenMembers {
    structure: &'static Structure,
    /// One bit for each member. The slow path handles members beyond the 64th.
    bits: u64,
}

impl SeenMembers {
    fn new(structure: &'static Structure) -> Self {
        SeenMembers { structure, bits: 0 }
    }

    fn add(&mut self, key: &Bound<'_, PyAny>) -> Result<(usize, &'static Member), FallBack> {
        let name = key.cast_exact::<PyString>().map_err(|_| FallBack)?;
        let (index, member) =
            self.structure.member(name.to_str().map_err(|_| FallBack)?).ok_or(FallBack)?;
        if index >= 64 {
            return Err(FallBack);
        }
        self.bits |= 1 << index;
        Ok((index, member))
    }

    fn contains(&self, index: usize) -> bool {
        index < 64 && self.bits & (1 << index) != 0
    }

    fn check_required(&self) -> Result<(), FallBack> {
        if self.structure.required.iter().all(|index| self.contains(*index)) {
            Ok(())
        } else {
            Err(FallBack)
        }
    }
}

/// A string for the path or a header. Subclasses of `str` fall back, because botocore calls their
/// `__str__`.
fn exact_text<'py>(
    value: &Bound<'py, PyAny>,
    shape: Shape,
) -> Result<Bound<'py, PyString>, FallBack> {
    let Shape::String(text) = shape else { return Err(FallBack) };
    let value = value.cast_exact::<PyString>().map_err(|_| FallBack)?;
    let characters = value.to_str().map_err(|_| FallBack)?;
    if is_shorter(characters, text.min) { Err(FallBack) } else { Ok(value.clone()) }
}

fn is_shorter(text: &str, min: usize) -> bool {
    // A character has one to four bytes, so characters are counted only if the bytes do not decide.
    text.len() < min || (min > 1 && text.len() < 4 * min && text.chars().count() < min)
}

fn with_blob<T>(
    value: &Bound<'_, PyAny>,
    use_bytes: impl FnOnce(&[u8]) -> T,
) -> Result<T, FallBack> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        Ok(use_bytes(bytes.as_bytes()))
    } else if let Ok(text) = value.cast::<PyString>() {
        Ok(use_bytes(text.to_str().map_err(|_| FallBack)?.as_bytes()))
    } else if let Ok(array) = value.cast::<PyByteArray>() {
        Ok(use_bytes(&array.to_vec()))
    } else {
        // A file-like object can be read only once, and the slow path reads it.
        Err(FallBack)
    }
}

/// The parameters that go into the body.
struct InBody<'a, 'py> {
    input: &'static Structure,
    params: &'a Bound<'py, PyDict>,
}

impl Serialize for InBody<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let depth = Cell::new(0);
        for (key, value) in self.params.iter() {
            let name = key.cast_exact::<PyString>().map_err(fall_back)?;
            let name = name.to_str().map_err(fall_back)?;
            let (_, member) = self.input.member(name).ok_or_else(|| fall_back(FallBack))?;
            if member.location == Location::Body {
                map.serialize_entry(
                    member.wire_name,
                    &Typed { value: &value, shape: member.shape, depth: &depth },
                )?;
            }
        }
        map.end()
    }
}

/// A Python value and the shape that it must have.
struct Typed<'a, 'py> {
    value: &'a Bound<'py, PyAny>,
    shape: Shape,
    depth: &'a Cell<usize>,
}

fn fall_back<E: serde::ser::Error>(_: impl Sized) -> E {
    // The text is never read: every error of the fast path means that it falls back.
    E::custom("")
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
            Shape::Blob(_) => with_blob(self.value, |bytes| serializer.serialize_bytes(bytes))
                .map_err(fall_back)?,
            Shape::Document if self.value.is_none() => Err(fall_back(FallBack)),
            Shape::Document => {
                Document { value: self.value, depth: self.depth }.serialize(serializer)
            }
            Shape::Timestamp(_) => Err(fall_back(FallBack)),
        }
    }
}

impl<'py> Typed<'_, 'py> {
    fn inner<'a>(&'a self, value: &'a Bound<'py, PyAny>, shape: Shape) -> Typed<'a, 'py> {
        Typed { value, shape, depth: self.depth }
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
        let depth_guard = DepthGuard::enter(self.depth).map_err(fall_back)?;
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
        let depth_guard = DepthGuard::enter(self.depth).map_err(fall_back)?;
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
        let depth_guard = DepthGuard::enter(self.depth).map_err(fall_back)?;
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
        let fits = |value: f64| range.min.is_none_or(|min| value >= min);
        if let Ok(value) = self.value.cast_exact::<PyBool>() {
            let value = value.is_true();
            return if fits(f64::from(u8::from(value))) {
                serializer.serialize_bool(value)
            } else {
                Err(fall_back(FallBack))
            };
        }
        if let Ok(value) = self.value.cast::<PyInt>() {
            let value: i64 = value.extract().map_err(fall_back)?;
            return if fits(value as f64) {
                serializer.serialize_i64(value)
            } else {
                Err(fall_back(FallBack))
            };
        }
        match self.value.cast::<PyFloat>() {
            Ok(value) if float && value.value().is_finite() && fits(value.value()) => {
                serializer.serialize_f64(value.value())
            }
            _ => Err(fall_back(FallBack)),
        }
    }
}

/// Any JSON value.
struct Document<'a, 'py> {
    value: &'a Bound<'py, PyAny>,
    depth: &'a Cell<usize>,
}

impl Serialize for Document<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.value;
        if let Ok(text) = value.cast::<PyString>() {
            serializer.serialize_str(text.to_str().map_err(fall_back)?)
        } else if let Ok(dict) = value.cast_exact::<PyDict>() {
            let depth_guard = DepthGuard::enter(self.depth).map_err(fall_back)?;
            let mut map = serializer.serialize_map(Some(dict.len()))?;
            for (key, value) in dict.iter() {
                let key = key.cast_exact::<PyString>().map_err(fall_back)?;
                map.serialize_entry(
                    key.to_str().map_err(fall_back)?,
                    &Document { value: &value, depth: self.depth },
                )?;
            }
            drop(depth_guard);
            map.end()
        } else if let Ok(list) = value.cast_exact::<PyList>() {
            let depth_guard = DepthGuard::enter(self.depth).map_err(fall_back)?;
            let mut sequence = serializer.serialize_seq(Some(list.len()))?;
            for value in list.iter() {
                sequence.serialize_element(&Document { value: &value, depth: self.depth })?;
            }
            drop(depth_guard);
            sequence.end()
        } else if let Ok(boolean) = value.cast_exact::<PyBool>() {
            serializer.serialize_bool(boolean.is_true())
        } else if let Ok(integer) = value.cast::<PyInt>() {
            serializer.serialize_i64(integer.extract().map_err(fall_back)?)
        } else if let Ok(float) = value.cast::<PyFloat>() {
            let float = float.value();
            if float.is_finite() {
                serializer.serialize_f64(float)
            } else {
                Err(fall_back(FallBack))
            }
        } else if value.is_none() {
            serializer.serialize_unit()
        } else {
            Err(S::Error::custom(""))
        }
    }
}

/// Counts one level of nesting until it is dropped.
struct DepthGuard<'a>(&'a Cell<usize>);

impl<'a> DepthGuard<'a> {
    fn enter(depth: &'a Cell<usize>) -> Result<Self, FallBack> {
        if depth.get() >= MAX_DEPTH {
            return Err(FallBack);
        }
        depth.set(depth.get() + 1);
        Ok(DepthGuard(depth))
    }
}

impl Drop for DepthGuard<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
