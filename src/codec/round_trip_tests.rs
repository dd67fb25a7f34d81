//! Encoding and decoding are inverse, for every structure of every service: all ordinary calls take
//! the fast path.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyString, PyTzInfo,
};

use super::{MemberNames, Scalars, body, encode, request, structure};
use crate::model::{Body, Location, Member, Range, Service, Shape, Structure, service_names};

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

    /// From 1970 to 2242, with or without microseconds.
    fn timestamp<'py>(&mut self, py: Python<'py>) -> Value<'py> {
        let seconds = (self.word() % (1 << 33)) as f64;
        let microseconds = (self.word() % 1_000_000 * (self.word() % 2)) as f64;
        let utc = PyTzInfo::utc(py).unwrap();
        let moment = PyDateTime::from_timestamp(py, seconds + microseconds / 1e6, Some(&utc));
        moment.unwrap().into_any()
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
            Shape::Timestamp(_) => self.timestamp(py),
        }
    }

    /// A value whose members are in the model's order, as decoding returns them.
    fn structure<'py>(
        &mut self,
        py: Python<'py>,
        structure: &'static Structure,
    ) -> Bound<'py, PyDict> {
        self.structure_with(py, structure, structure.required)
    }

    fn structure_with<'py>(
        &mut self,
        py: Python<'py>,
        structure: &'static Structure,
        required: &[usize],
    ) -> Bound<'py, PyDict> {
        let dict = PyDict::new(py);
        let members = structure.members();
        let chosen = structure.union.then(|| match self.0.is_empty() {
            true => simplest(members),
            false => self.below(members.len()),
        });
        for (index, member) in members.iter().enumerate() {
            let is_present = match chosen {
                Some(chosen) => chosen == index,
                None => required.contains(&index) || self.below(3) == 2,
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

/// The member of a union whose simplest value is the flattest. Some unions contain themselves.
fn simplest(members: &[Member]) -> usize {
    let flattest = |depth| members.iter().position(|member| is_at_most_nested(member.shape, depth));
    (0..10).find_map(flattest).expect("a union has a value without a cycle")
}

/// Whether the simplest value of the shape has a nesting of at most `depth` structures.
fn is_at_most_nested(shape: Shape, depth: u32) -> bool {
    match shape {
        Shape::List(list) => list.min == 0 || is_at_most_nested(list.item, depth),
        Shape::Structure(_) if depth == 0 => false,
        Shape::Structure(structure) => {
            let mut members = structure.members().iter();
            let mut required = structure.required.iter().map(|index| &structure.members()[*index]);
            let is_at_most_nested = |member: &Member| is_at_most_nested(member.shape, depth - 1);
            if structure.union {
                members.any(is_at_most_nested)
            } else {
                required.all(is_at_most_nested)
            }
        }
        _ => true,
    }
}

fn services() -> impl Iterator<Item = &'static Service> {
    service_names().into_iter().map(|name| Service::find(name).unwrap())
}

/// How many random values to try for each structure or operation.
fn cases(service: &Service) -> u32 {
    if service.name == "bedrock-runtime" { 512 } else { 8 }
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
fn for_all(
    cases: u32,
    name: &str,
    property: impl Fn(Python<'_>, Dice<'_>) -> Result<(), TestCaseError>,
) {
    Python::initialize();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
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
    for (service, structure) in services().flat_map(|service| {
        structures(service).into_iter().map(move |structure| (service, structure))
    }) {
        for_all(cases(service), structure.name, |py, mut dice| {
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

/// A value in the query, as the service reads it.
fn in_query(value: &Value<'_>) -> Vec<String> {
    if let Ok(items) = value.cast::<PyList>() {
        items.iter().flat_map(|item| in_query(&item)).collect()
    } else if let Ok(moment) = value.cast::<PyDateTime>() {
        let text = moment.call_method0("isoformat").unwrap().to_string();
        vec![text.replace("+00:00", "Z")]
    } else if value.is_instance_of::<PyBool>() {
        vec![value.to_string().to_lowercase()]
    } else {
        vec![value.to_string()]
    }
}

#[test]
fn every_request_contains_its_parameters() {
    for (service, operation) in services()
        .flat_map(|service| service.operations.iter().map(move |operation| (service, operation)))
        .filter(|(_, operation)| !operation.is_bidirectional())
    {
        for_all(cases(service), operation.name, |py, mut dice| {
            // The fast path would add tokens that are left out.
            let required = [operation.input.required, operation.idempotency_tokens].concat();
            let params = dice.structure_with(py, operation.input, &required);
            let encoded = request(operation, &params);
            let encoded = encoded.map_err(|_| fell_back(&repr(&params)))?;
            let in_body = PyDict::new(py);
            let (mut labels, mut query, mut headers) = (Vec::new(), Vec::new(), Vec::new());
            for (index, member) in operation.input.members().iter().enumerate() {
                let Some(value) = params.get_item(member.name).unwrap() else { continue };
                let name = member.wire_name;
                match member.location {
                    Location::Body => in_body.set_item(member.name, value).unwrap(),
                    Location::Header => headers.push((name, value.to_string())),
                    Location::Uri => labels.push((index, value.to_string())),
                    Location::Query => {
                        query.extend(in_query(&value).into_iter().map(|text| (name.into(), text)));
                    }
                    other => panic!("no service of this build has a member in {other:?}"),
                }
            }
            if let Body::Blob(payload) = operation.input.body() {
                let blob = in_body.get_item(payload.name).unwrap();
                let blob: Vec<u8> = blob.map_or(vec![], |blob| blob.extract().unwrap());
                prop_assert_eq!(encoded.body, blob);
            } else if !encoded.body.is_empty() {
                for (name, value) in operation.json_headers {
                    if !headers.iter().any(|(given, _)| given == name) {
                        headers.push((*name, (*value).to_owned()));
                    }
                }
                let back = PyDict::new(py);
                let names = MemberNames::of(py, service);
                let read =
                    body(py, names, operation.input, Scalars::Modelled, &encoded.body, &back);
                prop_assert_eq!(read, Ok(()));
                prop_assert_eq!(repr(&in_body), repr(&back));
            } else {
                prop_assert!(in_body.is_empty());
            }
            prop_assert_eq!(encoded.labels, labels);
            prop_assert_eq!(encoded.query, query);
            prop_assert_eq!(encoded.headers, headers);
            Ok(())
        });
    }
}
