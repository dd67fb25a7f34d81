//! Documents and texts in JSON.

use std::fmt;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList, PyString};
use pyo3::{IntoPyObjectExt, Py};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::pause::pause_if_due;
use crate::codec::fall_back::{FallBack, decoding as fall_back};

/// Any string.
pub struct Text<'py>(pub Python<'py>);

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
pub struct Document<'py>(pub Python<'py>);

impl<'de, 'py> DeserializeSeed<'de> for Document<'py> {
    type Value = Bound<'py, PyAny>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, 'py> Visitor<'de> for Document<'py> {
    type Value = Bound<'py, PyAny>;

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

/// serde_json reads `-0` and integers beyond 64 bits as floats. Python reads them as integers.
pub fn is_surely_float(value: f64) -> bool {
    value.abs() < 9.2e18 && !(value == 0.0 && value.is_sign_negative())
}
