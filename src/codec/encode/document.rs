//! Documents of parameters: any JSON value.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::depth::DepthGuard;
use super::json::Json;
use crate::codec::fall_back::{FallBack, encoding as fall_back};

/// Any JSON value.
pub struct Document<'a, 'py> {
    pub value: &'a Bound<'py, PyAny>,
    pub json: &'a Json,
}

impl Serialize for Document<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.value;
        if let Ok(text) = value.cast::<PyString>() {
            serializer.serialize_str(text.to_str().map_err(fall_back)?)
        } else if let Ok(dict) = value.cast_exact::<PyDict>() {
            let depth_guard = DepthGuard::enter(&self.json.depth).map_err(fall_back)?;
            let mut map = serializer.serialize_map(Some(dict.len()))?;
            for (key, value) in dict.iter() {
                let key = key.cast_exact::<PyString>().map_err(fall_back)?;
                map.serialize_entry(
                    key.to_str().map_err(fall_back)?,
                    &Document { value: &value, json: self.json },
                )?;
            }
            drop(depth_guard);
            map.end()
        } else if let Ok(list) = value.cast_exact::<PyList>() {
            let depth_guard = DepthGuard::enter(&self.json.depth).map_err(fall_back)?;
            let mut sequence = serializer.serialize_seq(Some(list.len()))?;
            for value in list.iter() {
                sequence.serialize_element(&Document { value: &value, json: self.json })?;
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
            Err(fall_back(FallBack))
        }
    }
}
