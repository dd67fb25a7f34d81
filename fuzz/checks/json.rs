//! What the fast path of the codec makes of an input of the fuzzer.
//!
//! An input is a line that names a service and an operation, or also an event of its stream
//! (`bedrock-runtime ConverseStream messageStart`), and then the JSON of that response or event.
//!
//! `cargo test` runs this on `fuzz/seeds/json`: what is stale here does not compile there, either.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::codec::{self, MemberNames, Scalars};
use super::model::{Location, Operation, Protocol, Service, Shape, Structure};

pub struct Input<'a> {
    pub service: &'static Service,
    pub operation: &'static Operation,
    pub event: Option<&'a str>,
    pub json: &'a [u8],
}

impl<'a> Input<'a> {
    /// `None` if the input names no operation.
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        let line = bytes.iter().position(|byte| *byte == b'\n')?;
        let (names, json) = (std::str::from_utf8(&bytes[..line]).ok()?, &bytes[line + 1..]);
        let (service, names) = names.split_once(' ')?;
        let service = Service::find(service).ok()?;
        let (operation, event) = match names.split_once(' ') {
            None => (names, None),
            Some((operation, event)) => (operation, Some(event)),
        };
        Some(Input { service, operation: service.operation(operation)?, event, json })
    }

    /// The members that the fast path decodes; `None` if it falls back.
    pub fn decoded<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyDict>> {
        let Input { service, operation, event, json } = *self;
        let (dict, names, output) =
            (PyDict::new(py), MemberNames::of(py, service), operation.output);
        match event {
            None if output.members().iter().any(|each| each.location == Location::StatusCode) => {
                return None;
            }
            None => {
                let scalars = match operation.protocol {
                    Protocol::RestJson => Scalars::Modelled,
                    Protocol::Json => Scalars::AsSent,
                };
                codec::body(py, names, output, scalars, json, &dict).ok()?;
            }
            Some(event) => {
                let structure = structure_of(operation, event)?;
                codec::structure(py, names, structure, Scalars::AsSent, json, &dict).ok()?;
            }
        }
        Some(dict)
    }
}

fn structure_of(operation: &'static Operation, event: &str) -> Option<&'static Structure> {
    let (_, member) = operation.output.event_stream()?.member(event)?;
    match member.shape {
        Shape::Structure(structure) if structure.error.is_none() => Some(structure),
        _ => None,
    }
}
