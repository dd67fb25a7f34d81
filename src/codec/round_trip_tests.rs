//! Encoding and decoding are inverse, for every structure of the runtime: all its ordinary calls take
//! the fast path. tests/project/test_models_loaded.py compares the paths for other services.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString};

use super::{MemberNames, Scalars, encode, request, structure};
use crate::model::{Body, Location, Member, Range, Service, Shape, Structure};

type Value<'py> = Bound<'py, PyAny>;

/// Random decisions. When the bytes have run out, every decision is the simplest one. Therefore
/// recursive shapes stay finite, and failures can shrink.
struct Dice<'a>(&'a [u8]);

impl Dice<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    fn word(&mut self) -> u64 {
        u64::from_be_bytes(std::array::from_fn(|_| self.byte()))
    }

    fn text(&mut self, min: usize) -> String {
        const LETTERS: [&str; 16] = [
            "a", "Z", "9", " ", "\"", "\\", "/", "\n", "\t", "\0", "\u{7f}", "é", "中", "\u{2028}",
            "🙂", "</",
        ];
        let length = min + self.below(6);
        (0..length).map(|_| LETTERS[self.below(LETTERS.len())]).collect()
    }

    fn integer(&mut self, range: &Range) -> i64 {
        let min = range.min.map_or(i64::MIN, |min| min as i64);
        // Both small and huge integers.
        let bits = self.below(8) * 8;
        ((self.word() as i64) >> bits).max(min)
    }

    /// Only floats that look like floats in JSON: the fast path falls back for others.
    fn float(&mut self, range: &Range) -> f64 {
        let float = f64::from_bits(self.word());
        let is_plain = float.abs() < 1e18 && float != 0.0;
        if is_plain && range.min.is_none_or(|min| float >= min) { float } else { 0.5 }
    }

    fn document<'py>(&mut self, py: Python<'py>, is_top: bool) -> Value<'py> {
        const ANY: Range = Range { min: None, max: None };
        match self.below(7) {
            0 if is_top => PyDict::new(py).into_any(),
            0 => py.None().into_bound(py),
            1 => PyBool::new(py, self.below(2) == 1).to_owned().into_any(),
            2 => PyInt::new(py, self.integer(&ANY)).into_any(),
            3 => PyFloat::new(py, self.float(&ANY)).into_any(),
            4 => PyString::new(py, &self.text(0)).into_any(),
            5 => {
                let items: Vec<_> = (0..self.below(4)).map(|_| self.document(py, false)).collect();
                PyList::new(py, items).unwrap().into_any()
            }
            _ => {
                let dict = PyDict::new(py);
                for _ in 0..self.below(4) {
                    dict.set_item(self.text(0), self.document(py, false)).unwrap();
                }
                dict.into_any()
            }
        }
    }

    fn value<'py>(&mut self, py: Python<'py>, shape: Shape) -> Value<'py> {
        match shape {
            Shape::Structure(structure) => self.structure(py, structure).into_any(),
            Shape::List(list) => {
                let length = list.min + self.below(3);
                let items: Vec<_> = (0..length).map(|_| self.value(py, list.item)).collect();
                PyList::new(py, items).unwrap().into_any()
            }
            Shape::Map(map) => {
                let dict = PyDict::new(py);
                for _ in 0..map.min + self.below(3) {
                    dict.set_item(self.text(map.key.min), self.value(py, map.value)).unwrap();
                }
                dict.into_any()
            }
            Shape::String(text) => PyString::new(py, &self.text(text.min)).into_any(),
            Shape::Integer(range) => PyInt::new(py, self.integer(range)).into_any(),
            Shape::Float(range) => PyFloat::new(py, self.float(range)).into_any(),
            Shape::Boolean => PyBool::new(py, self.below(2) == 1).to_owned().into_any(),
            Shape::Blob(length) => {
                let length = length.min + self.below(40);
                let bytes: Vec<u8> = (0..length).map(|_| self.byte()).collect();
                PyBytes::new(py, &bytes).into_any()
            }
            Shape::Document => self.document(py, true),
            Shape::Timestamp(_) => panic!("the slow path encodes timestamps"),
        }
    }

    /// A value whose members are in the model's order, as decoding returns them.
    fn structure<'py>(
        &mut self,
        py: Python<'py>,
        structure: &'static Structure,
    ) -> Bound<'py, PyDict> {
        let dict = PyDict::new(py);
        let usable: Vec<(usize, &Member)> = structure
            .members()
            .iter()
            .enumerate()
            .filter(|(_, member)| has_fast_path(member))
            .collect();
        let chosen = if structure.union { Some(usable[self.below(usable.len())].0) } else { None };
        for (index, member) in usable {
            let is_present = match chosen {
                Some(chosen) => chosen == index,
                None => {
                    let is_required =
                        structure.required.contains(&index) || member.idempotency_token;
                    is_required || self.below(3) == 2
                }
            };
            if is_present {
                dict.set_item(member.name, self.member(py, member)).unwrap();
            }
        }
        dict
    }

    fn member<'py>(&mut self, py: Python<'py>, member: &Member) -> Value<'py> {
        let value = self.value(py, member.shape);
        match (member.location, member.shape) {
            // A header's value is a line of ASCII without outer blanks.
            (Location::Header, Shape::String(_)) => {
                let text: String = value.extract().unwrap();
                let line = text.replace(|letter: char| !letter.is_ascii_graphic(), "_");
                PyString::new(py, &line).into_any()
            }
            _ => value,
        }
    }
}

/// Only the slow path encodes timestamps and queries.
fn has_fast_path(member: &Member) -> bool {
    member.location != Location::Query && is_encodable(member.shape, 6)
}

fn is_encodable(shape: Shape, depth: u32) -> bool {
    match shape {
        Shape::Timestamp(_) => false,
        Shape::List(list) => is_encodable(list.item, depth),
        Shape::Structure(structure) if depth > 0 => {
            let mut members = structure.members().iter();
            let mut required = structure.required.iter().map(|index| &structure.members()[*index]);
            let encodable = |member: &Member| is_encodable(member.shape, depth - 1);
            if structure.union { members.any(encodable) } else { required.all(encodable) }
        }
        _ => true,
    }
}

fn runtime() -> &'static Service {
    Service::find("bedrock-runtime").unwrap()
}

/// Every structure that an operation of the service takes or returns.
fn structures(service: &'static Service) -> Vec<&'static Structure> {
    let mut found: Vec<&'static Structure> = Vec::new();
    let mut pending: Vec<Shape> = Vec::new();
    for operation in service.operations {
        let errors = operation.errors.iter().copied();
        pending.extend(errors.chain([operation.input, operation.output]).map(Shape::Structure));
    }
    while let Some(shape) = pending.pop() {
        match shape {
            Shape::List(list) => pending.push(list.item),
            Shape::Map(map) => pending.push(map.value),
            Shape::Structure(structure)
                if !found.iter().any(|known| std::ptr::eq(*known, structure)) =>
            {
                found.push(structure);
                pending.extend(structure.members().iter().map(|member| member.shape));
            }
            _ => {}
        }
    }
    found
}

/// Tests the property with values that are made from random bytes.
fn for_all(name: &str, property: impl Fn(Python<'_>, Dice<'_>) -> Result<(), TestCaseError>) {
    Python::initialize();
    let config = Config { cases: 512, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&vec(any::<u8>(), 0..300), |bytes| {
        // This thread does not belong to the runtime.
        #[allow(clippy::disallowed_methods)]
        Python::attach(|py| property(py, Dice(&bytes)))
    });
    outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
}

fn decoded<'py>(
    py: Python<'py>,
    service: &'static Service,
    shape: &'static Structure,
    scalars: Scalars,
    json: &[u8],
) -> Result<Bound<'py, PyDict>, TestCaseError> {
    let dict = PyDict::new(py);
    structure(py, MemberNames::of(py, service), shape, scalars, json, &dict)
        .map_err(|_| fell_back(&String::from_utf8_lossy(json)))?;
    Ok(dict)
}

fn fell_back(on: &str) -> TestCaseError {
    TestCaseError::fail(format!("fell back on {on}"))
}

/// Python's `repr` also shows types and order.
fn repr(dict: &Bound<'_, PyDict>) -> String {
    dict.repr().unwrap().to_string()
}

#[test]
fn every_structure_survives_the_wire() {
    let service = runtime();
    let (encodable, slow): (Vec<_>, Vec<_>) = structures(service)
        .into_iter()
        .partition(|structure| is_encodable(Shape::Structure(structure), 6));
    assert!(encodable.len() > 10 * slow.len(), "{} of {}", slow.len(), encodable.len());
    for structure in encodable {
        for_all(structure.name, |py, mut dice| {
            let value = dice.structure(py, structure);
            let json = encode::value(value.as_any(), Shape::Structure(structure));
            let json = json.map_err(|_| fell_back(&repr(&value)))?;
            for scalars in [Scalars::Modelled, Scalars::AsSent] {
                let back = decoded(py, service, structure, scalars, &json)?;
                prop_assert_eq!(repr(&value), repr(&back));
            }
            Ok(())
        });
    }
}

#[test]
fn every_request_contains_its_parameters() {
    let service = runtime();
    for operation in service.operations.iter().filter(|operation| !operation.is_bidirectional()) {
        for_all(operation.name, |py, mut dice| {
            let params = dice.structure(py, operation.input);
            let encoded = request(operation, &params);
            let encoded = encoded.map_err(|_| fell_back(&repr(&params)))?;
            let in_body = PyDict::new(py);
            let (mut labels, mut headers) = (Vec::new(), Vec::new());
            for (index, member) in operation.input.members().iter().enumerate() {
                let Some(value) = params.get_item(member.name).unwrap() else { continue };
                match member.location {
                    Location::Body => in_body.set_item(member.name, value).unwrap(),
                    Location::Header => headers.push((member.wire_name, value.to_string())),
                    Location::Uri => labels.push((index, value.to_string())),
                    Location::Query => {}
                    other => panic!("no service of this build has a member in {other:?}"),
                }
            }
            if let Body::Blob(payload) = operation.input.body() {
                let blob = in_body.get_item(payload.name).unwrap();
                let blob: Vec<u8> = blob.map_or(vec![], |blob| blob.extract().unwrap());
                prop_assert_eq!(encoded.body, blob);
            } else if !encoded.body.is_empty() {
                headers.push(("Content-Type", "application/json".to_owned()));
                let back = decoded(py, service, operation.input, Scalars::Modelled, &encoded.body)?;
                prop_assert_eq!(repr(&in_body), repr(&back));
            } else {
                prop_assert!(in_body.is_empty());
            }
            prop_assert_eq!(encoded.labels, labels);
            prop_assert_eq!(encoded.headers, headers);
            Ok(())
        });
    }
}
