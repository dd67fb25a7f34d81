//! Blobs among the parameters. Large ones are not copied: the request holds Python's own bytes.

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyByteArray, PyBytes, PyString};

use crate::codec::fall_back::FallBack;

/// From this size on, a blob is held and not copied. Holding a smaller one would cost more.
const LARGE: usize = 32 << 10;

/// A blob as Python passes it: text stands for its UTF-8.
pub enum Blob<'a, 'py> {
    Bytes(&'a Bound<'py, PyBytes>),
    Text(&'a Bound<'py, PyString>, &'a [u8]),
    /// A copy, because the caller may change the array before it is sent.
    Array(Vec<u8>),
}

impl<'a, 'py> Blob<'a, 'py> {
    pub fn of(value: &'a Bound<'py, PyAny>) -> Result<Self, FallBack> {
        if let Ok(bytes) = value.cast::<PyBytes>() {
            Ok(Blob::Bytes(bytes))
        } else if let Ok(text) = value.cast::<PyString>() {
            Ok(Blob::Text(text, text.to_str().map_err(|_| FallBack)?.as_bytes()))
        } else if let Ok(array) = value.cast::<PyByteArray>() {
            Ok(Blob::Array(array.to_vec()))
        } else {
            // A file-like object can be read only once, and the slow path reads it.
            Err(FallBack)
        }
    }

    pub fn as_slice(&self) -> &[u8] {
        match self {
            Blob::Bytes(bytes) => bytes.as_bytes(),
            Blob::Text(_, text) => text,
            Blob::Array(array) => array,
        }
    }

    pub fn is_large(&self) -> bool {
        self.as_slice().len() >= LARGE
    }

    /// The blob as a part of the request, on any thread.
    pub fn into_bytes(self) -> Result<Bytes, FallBack> {
        Ok(match self {
            Blob::Bytes(bytes) => shared(PyBackedBytes::from(bytes.clone())),
            Blob::Text(text, _) => {
                shared(PyBackedStr::try_from(text.clone()).map_err(|_| FallBack)?)
            }
            Blob::Array(array) => Bytes::from(array),
        })
    }
}

/// Bytes that Python owns, for a thread without the GIL: held if they are large, otherwise a copy.
pub fn shared(bytes: impl AsRef<[u8]> + Send + 'static) -> Bytes {
    match bytes.as_ref() {
        small if small.len() < LARGE => Bytes::copy_from_slice(small),
        _ => Bytes::from_owner(bytes),
    }
}
