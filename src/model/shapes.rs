//! The shapes of a model file → tables.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::schema;
use super::tables::{
    ErrorTrait, Length, List, Location, Map, Member, Protocol, Range, Shape, Structure, Text,
    TimestampFormat,
};

/// What is wrong with a model, in words.
pub(super) type Problem = String;

/// How many lists and maps may be inside each other. Each takes a part of the stack.
const DEEPEST: usize = 100;

/// Makes tables of the requested shapes, and of the shapes that they refer to.
pub(super) struct Shapes<'a> {
    definitions: &'a [(&'a str, schema::Shape<'a>)],
    protocol: Protocol,
    /// Indices of `definitions` and of `tables`.
    indices: HashMap<&'a str, usize>,
    tables: Vec<State>,
    /// How many lists and maps are being made, each inside the one before it.
    depth: usize,
    /// Structures that have no members yet. Members are added later, because a structure may
    /// contain itself.
    unfinished: Vec<(&'static Structure, &'a schema::Shape<'a>)>,
    /// Indices of `member_names`.
    name_indices: HashMap<&'static str, usize>,
    member_names: Vec<&'static str>,
}

#[derive(Clone, Copy)]
enum State {
    Wanted,
    /// The table of a list or a map is being made.
    Begun,
    Made(Shape),
}

impl<'a> Shapes<'a> {
    pub(super) fn new(definitions: &'a [(&'a str, schema::Shape<'a>)], protocol: Protocol) -> Self {
        let indices = definitions.iter().enumerate().map(|(index, (name, _))| (*name, index));
        Shapes {
            definitions,
            protocol,
            indices: indices.collect(),
            tables: vec![State::Wanted; definitions.len()],
            depth: 0,
            unfinished: Vec::new(),
            name_indices: HashMap::new(),
            member_names: Vec::new(),
        }
    }

    /// The definition of a shape.
    pub(super) fn definition(&self, name: &str) -> Result<&'a schema::Shape<'a>, Problem> {
        self.lookup(name).map(|(_, _, definition)| definition)
    }

    /// A structure that an operation refers to.
    pub(super) fn structure(
        &mut self,
        reference: &'a schema::Reference<'a>,
    ) -> Result<&'static Structure, Problem> {
        match self.referenced(reference)? {
            Shape::Structure(structure) => Ok(structure),
            _ => Err(format!("the shape {} is not a structure", reference.shape)),
        }
    }

    /// Makes the tables that are still missing. Returns the names of all members.
    pub(super) fn finish(mut self) -> Result<&'static [&'static str], Problem> {
        while let Some((structure, definition)) = self.unfinished.pop() {
            let mut members = Vec::with_capacity(definition.members.0.len());
            for (name, reference) in &definition.members.0 {
                let member = self.member(name, reference);
                members.push(member.map_err(|problem| within(structure.name, name, &problem))?);
            }
            // The members are set only here: each structure is in `unfinished` once.
            let _ = structure.members.set(members.leak());
        }
        Ok(self.member_names.leak())
    }

    fn lookup(&self, name: &str) -> Result<(usize, &'a str, &'a schema::Shape<'a>), Problem> {
        let index = self.indices.get(name).copied();
        let found = index.and_then(|index| Some((index, self.definitions.get(index)?)));
        let (index, (name, definition)) =
            found.ok_or_else(|| format!("there is no shape {name}"))?;
        Ok((index, name, definition))
    }

    fn member(
        &mut self,
        name: &str,
        reference: &'a schema::Reference<'a>,
    ) -> Result<Member, Problem> {
        let (name, name_index) = self.member_name(name);
        Ok(Member {
            name,
            wire_name: match reference.location_name {
                Some(wire_name) if wire_name != name => text(wire_name),
                _ => name,
            },
            location: self.location(reference)?,
            shape: self.referenced(reference)?,
            name_index,
        })
    }

    fn member_name(&mut self, name: &str) -> (&'static str, usize) {
        if let Some((name, index)) = self.name_indices.get_key_value(name) {
            return (name, *index);
        }
        let (name, index) = (text(name), self.member_names.len());
        self.name_indices.insert(name, index);
        self.member_names.push(name);
        (name, index)
    }

    fn location(&self, reference: &schema::Reference<'_>) -> Result<Location, Problem> {
        if self.protocol == Protocol::Json {
            return Ok(Location::Body);
        }
        if reference.eventheader || reference.eventpayload {
            return Ok(Location::Special);
        }
        match reference.location {
            None => Ok(Location::Body),
            Some("uri") => Ok(Location::Uri),
            Some("querystring") => Ok(Location::Query),
            Some("header")
                if reference.jsonvalue || self.definition(reference.shape)?.jsonvalue =>
            {
                Ok(Location::Special)
            }
            Some("header") => Ok(Location::Header),
            Some("headers") => Ok(Location::Special),
            Some("statusCode") => Ok(Location::StatusCode),
            Some(other) => Err(format!("the location {other} is unknown")),
        }
    }

    /// The table of a shape. The first call for a shape makes its table.
    fn referenced(&mut self, reference: &'a schema::Reference<'a>) -> Result<Shape, Problem> {
        let (index, name, definition) = self.lookup(reference.shape)?;
        if definition.kind == "timestamp" {
            let location = reference.location.filter(|_| self.protocol == Protocol::RestJson);
            return timestamp(location, reference, definition);
        }
        match self.tables.get(index) {
            Some(State::Made(table)) => return Ok(*table),
            Some(State::Begun) => return Err(format!("the shape {name} contains only itself")),
            Some(State::Wanted) | None => {}
        }
        if self.depth == DEEPEST {
            return Err(format!("the shape {name} is inside more than {DEEPEST} lists or maps"));
        }
        self.set(index, State::Begun);
        self.depth += 1;
        let table = self.table(name, definition)?;
        self.depth -= 1;
        self.set(index, State::Made(table));
        Ok(table)
    }

    fn set(&mut self, index: usize, state: State) {
        if let Some(table) = self.tables.get_mut(index) {
            *table = state;
        }
    }

    fn table(
        &mut self,
        name: &'a str,
        definition: &'a schema::Shape<'a>,
    ) -> Result<Shape, Problem> {
        let (min, max) = (length(definition.min).unwrap_or(0), length(definition.max));
        match definition.kind {
            "structure" if definition.document => Ok(Shape::Document),
            "structure" => self.empty_structure(name, definition).map(Shape::Structure),
            "list" | "map" => self.container(name, definition),
            "string" | "character" => Ok(Shape::String(leak(Text {
                min,
                max,
                values: definition
                    .values
                    .iter()
                    .map(|value| text(value))
                    .collect::<Vec<_>>()
                    .leak(),
                pattern: definition.pattern.as_deref().map(text),
            }))),
            "blob" => Ok(Shape::Blob(leak(Length { min, max }))),
            "integer" | "long" => Ok(Shape::Integer(range(definition))),
            "float" | "double" => Ok(Shape::Float(range(definition))),
            "boolean" => Ok(Shape::Boolean),
            other => Err(format!("the type {other} of the shape {name} is unknown")),
        }
    }

    fn container(
        &mut self,
        name: &str,
        definition: &'a schema::Shape<'a>,
    ) -> Result<Shape, Problem> {
        let (min, max) = (length(definition.min).unwrap_or(0), length(definition.max));
        match (&definition.member, &definition.key, &definition.value) {
            (Some(member), None, None) => {
                let item = self.referenced(member)?;
                Ok(Shape::List(leak(List { item, min, max })))
            }
            (None, Some(key), Some(value)) => {
                let Shape::String(key) = self.referenced(key)? else {
                    return Err(format!("the keys of the map {name} are not strings"));
                };
                let value = self.referenced(value)?;
                Ok(Shape::Map(leak(Map { key, value, min, max })))
            }
            _ => Err(format!("the {} {name} does not say what it contains", definition.kind)),
        }
    }

    /// A structure without members; [`Shapes::finish`] adds them.
    fn empty_structure(
        &mut self,
        name: &'a str,
        definition: &'a schema::Shape<'a>,
    ) -> Result<&'static Structure, Problem> {
        let index = |wanted: &&'a str| {
            let index = definition.members.0.iter().position(|(member, _)| member == wanted);
            index.ok_or_else(|| format!("the structure {name} has no member {}", wanted))
        };
        let required: Result<Vec<_>, _> = definition.required.iter().map(index).collect();
        let structure = leak(Structure {
            name: text(name),
            members: OnceLock::new(),
            required: required?.leak(),
            union: definition.union,
            eventstream: definition.eventstream,
            payload: match self.protocol {
                Protocol::RestJson => definition.payload.as_ref().map(index).transpose()?,
                Protocol::Json => None,
            },
            error: definition.exception.then(|| ErrorTrait {
                status: definition
                    .error
                    .as_ref()
                    .and_then(|error| error.http_status_code)
                    .unwrap_or(400),
                retryable_throttling: definition.retryable.as_ref().map(|trait_| trait_.throttling),
            }),
        });
        self.unfinished.push((structure, definition));
        Ok(structure)
    }
}

fn timestamp(
    location: Option<&str>,
    reference: &schema::Reference<'_>,
    definition: &schema::Shape<'_>,
) -> Result<Shape, Problem> {
    // The defaults: RFC 822 in headers, ISO 8601 in paths and queries, numbers elsewhere.
    let default = match location {
        Some("header") => "rfc822",
        Some("uri" | "querystring") => "iso8601",
        _ => "unixTimestamp",
    };
    let format = reference.timestamp_format.or(definition.timestamp_format);
    match format.unwrap_or(default) {
        "iso8601" => Ok(Shape::Timestamp(TimestampFormat::Iso8601)),
        "rfc822" => Ok(Shape::Timestamp(TimestampFormat::Rfc822)),
        "unixTimestamp" => Ok(Shape::Timestamp(TimestampFormat::UnixTimestamp)),
        other => Err(format!("the timestamp format {other} is unknown")),
    }
}

fn within(structure: &str, member: &str, problem: &str) -> Problem {
    format!("{structure}.{member}: {problem}")
}

fn range(definition: &schema::Shape<'_>) -> &'static Range {
    leak(Range { min: definition.min, max: definition.max })
}

/// A bound on a length. In JSON it may be a number of any kind.
fn length(bound: Option<f64>) -> Option<usize> {
    bound.map(|bound| bound as usize)
}

/// A value that lives as long as the process.
pub(super) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// Text that lives as long as the process.
pub(super) fn text(text: &str) -> &'static str {
    String::leak(text.to_owned())
}
