//! Parameters outside the body, as text: in the path, in the query and in headers.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple};

use super::constraints::{is_in_range, is_shorter};
use crate::codec::fall_back::FallBack;
use crate::codec::timestamps;
use crate::model::{Map, Member, Shape};

/// A value of the path, not escaped.
pub fn label(value: &Bound<'_, PyAny>, shape: Shape) -> Result<String, FallBack> {
    scalar(value, shape)
}

/// A header's value. Only a line of ASCII without outer blanks is sure to arrive unchanged.
pub fn header(value: &Bound<'_, PyAny>, shape: Shape) -> Result<String, FallBack> {
    let text = match shape {
        Shape::Timestamp(format) => timestamps::in_header(value, format)?,
        _ => scalar(value, shape)?,
    };
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && text.trim().len() == text.len() {
        Ok(text)
    } else {
        Err(FallBack)
    }
}

/// Adds a member's names and values to the query, not escaped.
pub fn push_query(
    query: &mut Vec<(String, String)>,
    value: &Bound<'_, PyAny>,
    member: &Member,
) -> Result<(), FallBack> {
    match member.shape {
        Shape::Map(map) => push_map(query, value, map),
        Shape::List(list) => {
            let texts = texts(value, list.item)?;
            if texts.len() < list.min {
                return Err(FallBack);
            }
            query.extend(texts.into_iter().map(|text| (member.wire_name.to_owned(), text)));
            Ok(())
        }
        shape => {
            query.push((member.wire_name.to_owned(), scalar(value, shape)?));
            Ok(())
        }
    }
}

/// A map's entries are members of the query themselves. A value may be a list of texts.
fn push_map(
    query: &mut Vec<(String, String)>,
    value: &Bound<'_, PyAny>,
    map: &Map,
) -> Result<(), FallBack> {
    let entries = value.cast_exact::<PyDict>().map_err(|_| FallBack)?;
    for (key, value) in entries.iter() {
        let key = scalar(&key, Shape::String(map.key))?;
        match map.value {
            Shape::List(list) => {
                let texts = texts(&value, list.item)?;
                if texts.len() < list.min {
                    return Err(FallBack);
                }
                query.extend(texts.into_iter().map(|text| (key.clone(), text)));
            }
            // botocore writes other values of a map as Python's `str` does.
            shape @ Shape::String(_) => query.push((key, scalar(&value, shape)?)),
            _ => return Err(FallBack),
        }
    }
    Ok(())
}

fn texts(value: &Bound<'_, PyAny>, item: Shape) -> Result<Vec<String>, FallBack> {
    let Shape::String(_) = item else { return Err(FallBack) };
    if let Ok(items) = value.cast_exact::<PyList>() {
        items.iter().map(|each| scalar(&each, item)).collect()
    } else if let Ok(items) = value.cast_exact::<PyTuple>() {
        items.iter().map(|each| scalar(&each, item)).collect()
    } else {
        Err(FallBack)
    }
}

/// Subclasses fall back, because botocore calls their `__str__`. Floats do, because Python writes
/// them in its own way.
fn scalar(value: &Bound<'_, PyAny>, shape: Shape) -> Result<String, FallBack> {
    match shape {
        Shape::String(text) => {
            let value = value.cast_exact::<PyString>().map_err(|_| FallBack)?;
            let value = value.to_str().map_err(|_| FallBack)?;
            if is_shorter(value, text.min) { Err(FallBack) } else { Ok(value.to_owned()) }
        }
        Shape::Integer(range) => {
            let value = value.cast_exact::<PyInt>().map_err(|_| FallBack)?;
            let value: i64 = value.extract().map_err(|_| FallBack)?;
            if is_in_range(value as f64, range) { Ok(value.to_string()) } else { Err(FallBack) }
        }
        Shape::Boolean => {
            let value = value.cast_exact::<PyBool>().map_err(|_| FallBack)?;
            Ok(if value.is_true() { "true" } else { "false" }.to_owned())
        }
        Shape::Timestamp(format) => timestamps::in_path_or_query(value, format),
        _ => Err(FallBack),
    }
}
