//! A service's tables → the bytes that `image.rs` reads. `build.rs` and tests use it.
//!
//! A number takes as many bytes as it has groups of seven bits (LEB128). A text is the index of a
//! string in the list of strings, which comes first and begins with the names of all members. A
//! list begins with the number of its entries, an optional value with 0 or 1.

use std::collections::HashMap;

use super::tables::{
    AuthScheme, EMPTY, Location, Operation, Protocol, Service, Shape, Structure, TimestampFormat,
    UriPart,
};

pub(super) fn image(service: &Service) -> Vec<u8> {
    let mut writer = Writer::default();
    for name in service.member_names {
        writer.string(name);
    }
    for operation in service.operations {
        let sides = [operation.input, operation.output];
        for structure in sides.into_iter().chain(operation.errors.iter().copied()) {
            writer.find(Shape::Structure(structure));
        }
    }
    let mut done = 0;
    while let Some(structure) = writer.structures.get(done).copied() {
        for member in structure.members() {
            writer.find(member.shape);
        }
        done += 1;
    }
    writer.service(service);
    let Writer { strings, bytes: body, .. } = writer;
    let mut bytes = Vec::new();
    number(&mut bytes, strings.len() as u64);
    for string in &strings {
        number(&mut bytes, string.len() as u64);
    }
    for string in &strings {
        bytes.extend(string.as_bytes());
    }
    bytes.extend(body);
    bytes
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    strings: Vec<&'static str>,
    string_indices: HashMap<&'static str, usize>,
    structures: Vec<&'static Structure>,
    /// The other shapes. Each comes after those that it contains.
    shapes: Vec<Shape>,
    /// Indices of `structures` and of `shapes`.
    indices: HashMap<(u64, usize), usize>,
}

/// The kind of a shape, and the address of its table.
fn identity(shape: Shape) -> (u64, usize) {
    fn address<T>(table: &'static T) -> usize {
        std::ptr::from_ref(table).addr()
    }
    match shape {
        Shape::Structure(table) => (0, address(table)),
        Shape::List(table) => (1, address(table)),
        Shape::Map(table) => (2, address(table)),
        Shape::String(table) => (3, address(table)),
        Shape::Integer(table) => (4, address(table)),
        Shape::Float(table) => (5, address(table)),
        Shape::Boolean => (6, 0),
        Shape::Blob(table) => (7, address(table)),
        Shape::Timestamp(TimestampFormat::Iso8601) => (8, 0),
        Shape::Timestamp(TimestampFormat::Rfc822) => (9, 0),
        Shape::Timestamp(TimestampFormat::UnixTimestamp) => (10, 0),
        Shape::Document => (11, 0),
    }
}

fn number(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

impl Writer {
    fn string(&mut self, string: &'static str) -> usize {
        let next = self.strings.len();
        let index = *self.string_indices.entry(string).or_insert(next);
        if index == next {
            self.strings.push(string);
        }
        index
    }

    /// Adds a shape, and the shapes of its items, but not those of its members.
    fn find(&mut self, shape: Shape) {
        let identity = identity(shape);
        if self.indices.contains_key(&identity) {
            return;
        }
        match shape {
            Shape::Structure(structure) if std::ptr::eq(structure, &EMPTY) => {}
            Shape::Structure(structure) => {
                self.indices.insert(identity, self.structures.len());
                self.structures.push(structure);
            }
            _ => {
                match shape {
                    Shape::List(list) => self.find(list.item),
                    Shape::Map(map) => {
                        self.find(Shape::String(map.key));
                        self.find(map.value);
                    }
                    _ => {}
                }
                self.indices.insert(identity, self.shapes.len());
                self.shapes.push(shape);
            }
        }
    }

    fn service(&mut self, service: &Service) {
        self.number(service.member_names.len());
        self.text(service.service_id);
        self.text(service.api_version);
        self.text(service.endpoint_prefix);
        self.text(service.signing_name);
        self.number(match service.protocol {
            Protocol::RestJson => 0,
            Protocol::Json => 1,
        });
        self.auth(service.auth);
        self.list(&self.structures.clone(), |writer, structure| writer.structure(structure));
        self.list(&self.shapes.clone(), |writer, shape| writer.shape(*shape));
        for structure in self.structures.clone() {
            self.list(structure.members(), |writer, member| {
                writer.number(member.name_index);
                writer.text(member.wire_name);
                writer.number(match member.location {
                    Location::Body => 0,
                    Location::Uri => 1,
                    Location::Query => 2,
                    Location::Header => 3,
                    Location::StatusCode => 4,
                    Location::Special => 5,
                });
                writer.reference(member.shape);
            });
        }
        self.list(service.operations, |writer, operation| writer.operation(operation, service));
    }

    fn structure(&mut self, structure: &Structure) {
        self.text(structure.name);
        self.list(structure.required, |writer, index| writer.number(*index));
        self.number(structure.union.into());
        self.number(structure.eventstream.into());
        self.option(structure.payload, |writer, index| writer.number(index));
        self.option(structure.error.as_ref(), |writer, error| {
            writer.number(error.status.into());
            writer.option(error.retryable_throttling, |writer, flag| writer.number(flag.into()));
        });
    }

    fn shape(&mut self, shape: Shape) {
        let (kind, _) = identity(shape);
        number(&mut self.bytes, kind);
        match shape {
            Shape::List(list) => {
                self.reference(list.item);
                self.length(list.min, list.max);
            }
            Shape::Map(map) => {
                self.reference(Shape::String(map.key));
                self.reference(map.value);
                self.length(map.min, map.max);
            }
            Shape::String(text) => {
                self.length(text.min, text.max);
                self.list(text.values, |writer, value| writer.text(value));
                self.option(text.pattern, Writer::text);
            }
            Shape::Integer(range) | Shape::Float(range) => {
                for bound in [range.min, range.max] {
                    self.option(bound, |writer, bound| number(&mut writer.bytes, bound.to_bits()));
                }
            }
            Shape::Blob(length) => self.length(length.min, length.max),
            Shape::Structure(_) | Shape::Boolean | Shape::Timestamp(_) | Shape::Document => {}
        }
    }

    /// The index of a shape: that of a structure, or that of another shape plus the number of
    /// structures.
    fn reference(&mut self, shape: Shape) {
        let index = self.indices.get(&identity(shape)).copied().unwrap_or_default();
        match shape {
            Shape::Structure(_) => self.number(index),
            _ => self.number(self.structures.len() + index),
        }
    }

    fn operation(&mut self, operation: &Operation, service: &Service) {
        self.text(operation.name);
        self.text(operation.method_name);
        self.text(operation.http_method);
        self.list(operation.uri, |writer, part| match part {
            UriPart::Literal(text) => {
                writer.number(0);
                writer.text(text);
            }
            UriPart::Label { member, greedy } => {
                writer.number(if *greedy { 2 } else { 1 });
                writer.number(*member);
            }
        });
        self.number(operation.status.into());
        self.list(operation.json_headers, |writer, (name, value)| {
            writer.text(name);
            writer.text(value);
        });
        for structure in [operation.input, operation.output] {
            let structure = (!std::ptr::eq(structure, &EMPTY)).then_some(structure);
            self.option(structure, |writer, structure| {
                writer.reference(Shape::Structure(structure));
            });
        }
        self.list(operation.errors, |writer, error| writer.reference(Shape::Structure(error)));
        self.number(operation.idempotent.into());
        self.list(operation.idempotency_tokens, |writer, index| writer.number(*index));
        let own = (operation.auth != service.auth).then_some(operation.auth);
        self.option(own, Writer::auth);
    }

    fn auth(&mut self, schemes: &[AuthScheme]) {
        self.list(schemes, |writer, scheme| match scheme {
            AuthScheme::SigV4 => writer.number(0),
            AuthScheme::Bearer => writer.number(1),
            AuthScheme::None => writer.number(2),
            AuthScheme::Other(name) => {
                writer.number(3);
                writer.text(name);
            }
        });
    }

    fn length(&mut self, min: usize, max: Option<usize>) {
        self.number(min);
        self.option(max, Writer::number);
    }

    fn number(&mut self, value: usize) {
        number(&mut self.bytes, value as u64);
    }

    fn text(&mut self, text: &'static str) {
        let index = self.string(text);
        self.number(index);
    }

    fn list<T>(&mut self, entries: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(entries.len());
        for entry in entries {
            write(self, entry);
        }
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.number(value.is_some().into());
        if let Some(value) = value {
            write(self, value);
        }
    }
}
