//! The shapes of a model file → tables.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::schema;
use super::tables::{
    ErrorTrait, Length, List, Location, Map, Member, Range, Shape, Structure, Text, TimestampFormat,
};

/// What is wrong with a model, in words.
pub(super) type Problem = String;

/// Makes tables of the shapes that are asked for, and of those that they lead to.
pub(super) struct Shapes<'a> {
    facts: HashMap<&'a str, &'a schema::Shape<'a>>,
    tables: HashMap<&'a str, Shape>,
    /// Structures whose members have no tables yet. A structure may contain itself.
    unfinished: Vec<(&'static Structure, &'a schema::Shape<'a>)>,
    /// Lists and maps that contain the shape whose table is being made.
    containers: Vec<&'a str>,
    texts: HashSet<&'static str>,
    name_indices: HashMap<&'static str, usize>,
    names: Vec<&'static str>,
}

impl<'a> Shapes<'a> {
    pub(super) fn new(facts: &'a schema::Ordered<'a, schema::Shape<'a>>) -> Self {
        Shapes {
            facts: facts.0.iter().map(|(name, shape)| (&**name, shape)).collect(),
            tables: HashMap::new(),
            unfinished: Vec::new(),
            containers: Vec::new(),
            texts: HashSet::new(),
            name_indices: HashMap::new(),
            names: Vec::new(),
        }
    }

    /// The facts of a shape.
    pub(super) fn facts(&self, name: &str) -> Result<&'a schema::Shape<'a>, Problem> {
        self.facts.get(name).copied().ok_or_else(|| format!("there is no shape {name}"))
    }

    /// A structure that an operation refers to.
    pub(super) fn structure(
        &mut self,
        reference: &'a schema::Reference<'a>,
    ) -> Result<&'static Structure, Problem> {
        match self.named(&reference.shape)? {
            Shape::Structure(structure) => Ok(structure),
            _ => Err(format!("the shape {} is not a structure", &*reference.shape)),
        }
    }

    /// Makes the tables that are still missing. Returns all names of members.
    pub(super) fn finish(mut self) -> Result<&'static [&'static str], Problem> {
        while let Some((structure, facts)) = self.unfinished.pop() {
            let mut members = Vec::with_capacity(facts.members.0.len());
            for (name, reference) in &facts.members.0 {
                let member = self.member(name, reference);
                members.push(member.map_err(|problem| within(structure.name, name, &problem))?);
            }
            // It is set once: each structure is put into `unfinished` once.
            let _ = structure.members.set(members.leak());
        }
        Ok(self.names.leak())
    }

    /// Text that lives as long as the process, each text once.
    pub(super) fn text(&mut self, text: &str) -> &'static str {
        if let Some(known) = self.texts.get(text) {
            return known;
        }
        let text: &'static str = String::leak(text.to_owned());
        self.texts.insert(text);
        text
    }

    fn member(
        &mut self,
        name: &str,
        reference: &'a schema::Reference<'a>,
    ) -> Result<Member, Problem> {
        let name = self.text(name);
        let next = self.names.len();
        let name_index = *self.name_indices.entry(name).or_insert(next);
        if name_index == next {
            self.names.push(name);
        }
        Ok(Member {
            name,
            wire_name: match &reference.location_name {
                Some(wire_name) => self.text(wire_name),
                None => name,
            },
            location: self.location(reference)?,
            shape: self.referenced(reference)?,
            idempotency_token: reference.idempotency_token,
            name_index,
        })
    }

    fn location(&self, reference: &schema::Reference<'_>) -> Result<Location, Problem> {
        if reference.eventheader || reference.eventpayload {
            return Ok(Location::Special);
        }
        match reference.location.as_deref() {
            None => Ok(Location::Body),
            Some("uri") => Ok(Location::Uri),
            Some("querystring") => Ok(Location::Query),
            Some("header") if reference.jsonvalue || self.facts(&reference.shape)?.jsonvalue => {
                Ok(Location::Special)
            }
            Some("header") => Ok(Location::Header),
            Some("headers") => Ok(Location::Special),
            Some("statusCode") => Ok(Location::StatusCode),
            Some(other) => Err(format!("the location {other} is unknown")),
        }
    }

    fn referenced(&mut self, reference: &'a schema::Reference<'a>) -> Result<Shape, Problem> {
        let facts = self.facts(&reference.shape)?;
        if &*facts.kind != "timestamp" {
            return self.named(&reference.shape);
        }
        // rest-json's defaults: RFC 822 in headers, ISO 8601 in queries, else a number.
        let format = reference.timestamp_format.as_ref().or(facts.timestamp_format.as_ref());
        let format =
            format.map(|format| &**format).unwrap_or(match reference.location.as_deref() {
                Some("header") => "rfc822",
                Some("querystring") => "iso8601",
                _ => "unixTimestamp",
            });
        match format {
            "iso8601" => Ok(Shape::Timestamp(TimestampFormat::Iso8601)),
            "rfc822" => Ok(Shape::Timestamp(TimestampFormat::Rfc822)),
            "unixTimestamp" => Ok(Shape::Timestamp(TimestampFormat::UnixTimestamp)),
            other => Err(format!("the timestamp format {other} is unknown")),
        }
    }

    /// The table of a shape, which is made when it is first asked for.
    fn named(&mut self, name: &'a str) -> Result<Shape, Problem> {
        if let Some(table) = self.tables.get(name) {
            return Ok(*table);
        }
        let facts = self.facts(name)?;
        let table = match &*facts.kind {
            "structure" if facts.document => Shape::Document,
            "structure" => Shape::Structure(self.empty_structure(name, facts)?),
            "list" | "map" => {
                if self.containers.contains(&name) {
                    return Err(format!("the shape {name} contains only itself"));
                }
                self.containers.push(name);
                let table = self.container(name, facts)?;
                self.containers.pop();
                table
            }
            "string" | "character" => Shape::String(leak(Text {
                min: length(facts.min).unwrap_or(0),
                max: length(facts.max),
                values: facts
                    .values
                    .iter()
                    .map(|value| self.text(value))
                    .collect::<Vec<_>>()
                    .leak(),
                pattern: facts.pattern.as_ref().map(|pattern| self.text(pattern)),
            })),
            "blob" => Shape::Blob(leak(Length {
                min: length(facts.min).unwrap_or(0),
                max: length(facts.max),
            })),
            "integer" | "long" => Shape::Integer(leak(Range { min: facts.min, max: facts.max })),
            "float" | "double" => Shape::Float(leak(Range { min: facts.min, max: facts.max })),
            "boolean" => Shape::Boolean,
            "timestamp" => Shape::Timestamp(TimestampFormat::UnixTimestamp),
            other => return Err(format!("the type {other} of the shape {name} is unknown")),
        };
        self.tables.insert(name, table);
        Ok(table)
    }

    fn container(&mut self, name: &str, facts: &'a schema::Shape<'a>) -> Result<Shape, Problem> {
        let min = length(facts.min).unwrap_or(0);
        let max = length(facts.max);
        match (&facts.member, &facts.key, &facts.value) {
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
            _ => Err(format!("the {} {name} does not say what it contains", &*facts.kind)),
        }
    }

    /// A structure whose members come later.
    fn empty_structure(
        &mut self,
        name: &'a str,
        facts: &'a schema::Shape<'a>,
    ) -> Result<&'static Structure, Problem> {
        let index = |wanted: &schema::Str<'_>| {
            let place = facts.members.0.iter().position(|(member, _)| member == wanted);
            place.ok_or_else(|| format!("the structure {name} has no member {}", &**wanted))
        };
        let required: Result<Vec<_>, _> = facts.required.iter().map(index).collect();
        let structure = leak(Structure {
            name: self.text(name),
            members: OnceLock::new(),
            required: required?.leak(),
            union: facts.union,
            eventstream: facts.eventstream,
            payload: facts.payload.as_ref().map(index).transpose()?,
            error: facts.exception.then(|| ErrorTrait {
                status: facts
                    .error
                    .as_ref()
                    .and_then(|error| error.http_status_code)
                    .unwrap_or(400),
                retryable_throttling: facts.retryable.as_ref().map(|trait_| trait_.throttling),
            }),
        });
        self.unfinished.push((structure, facts));
        Ok(structure)
    }
}

fn within(structure: &str, member: &str, problem: &str) -> Problem {
    format!("{structure}.{member}: {problem}")
}

pub(super) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A bound on a length. JSON has it as a number of any kind.
fn length(bound: Option<f64>) -> Option<usize> {
    bound.map(|bound| bound as usize)
}
