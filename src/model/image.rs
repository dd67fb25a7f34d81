//! The tables of the models that every build has, as `build.rs` has written them.
//!
//! Reading the tables of `bedrock-runtime` in this form takes a tenth of the time that its JSON
//! takes. `image_writer.rs` has the format.

use std::sync::OnceLock;

use super::files::Files;
use super::shapes::leak;
use super::tables::{
    AuthScheme, EMPTY, ErrorTrait, Length, List, Location, Map, Member, Operation, Protocol, Range,
    Service, Shape, Structure, Text, TimestampFormat, UriPart,
};

/// The tables of the service that boto3 calls `name`. `None` if the image is damaged.
pub(super) fn service(name: &'static str, image: &'static [u8], files: Files) -> Option<Service> {
    let mut reader = Reader { rest: image, strings: &[], shapes: Vec::new() };
    let strings: &'static [&'static str] = reader.strings()?.leak();
    reader.strings = strings;
    let member_names = strings.get(..reader.number()?)?;
    let service_id = reader.text()?;
    let api_version = reader.text()?;
    let endpoint_prefix = reader.text()?;
    let signing_name = reader.text()?;
    let protocol = match reader.number()? {
        0 => Protocol::RestJson,
        1 => Protocol::Json,
        _ => return None,
    };
    let auth = reader.auth()?;
    let structures = reader.list(Reader::structure)?;
    reader.shapes = structures.iter().map(Shape::Structure).collect();
    for _ in 0..reader.number()? {
        let shape = reader.shape()?;
        reader.shapes.push(shape);
    }
    for structure in structures {
        let _ = structure.members.set(reader.list(Reader::member)?);
    }
    let operations = reader.list(|reader| reader.operation(protocol, auth))?;
    Some(Service {
        name,
        key: name,
        service_id,
        api_version,
        endpoint_prefix,
        signing_name,
        protocol,
        auth,
        operations,
        member_names,
        files,
    })
}

struct Reader {
    rest: &'static [u8],
    strings: &'static [&'static str],
    /// The structures, and then the other shapes that have been read.
    shapes: Vec<Shape>,
}

impl Reader {
    fn strings(&mut self) -> Option<Vec<&'static str>> {
        let lengths: Vec<usize> = self.sequence(Reader::number)?;
        let (text, rest) = self.rest.split_at_checked(lengths.iter().sum())?;
        self.rest = rest;
        let mut text = str::from_utf8(text).ok()?;
        let mut strings = Vec::with_capacity(lengths.len());
        for length in lengths {
            let (string, rest) = text.split_at_checked(length)?;
            strings.push(string);
            text = rest;
        }
        Some(strings)
    }

    fn structure(&mut self) -> Option<Structure> {
        Some(Structure {
            name: self.text()?,
            members: OnceLock::new(),
            required: self.list(Reader::number)?,
            union: self.flag()?,
            eventstream: self.flag()?,
            payload: self.option(Reader::number)?,
            error: self.option(|reader| {
                Some(ErrorTrait {
                    status: reader.number()?.try_into().ok()?,
                    retryable_throttling: reader.option(Reader::flag)?,
                })
            })?,
        })
    }

    fn member(&mut self) -> Option<Member> {
        let name_index = self.number()?;
        Some(Member {
            name: self.strings.get(name_index)?,
            wire_name: self.text()?,
            location: match self.number()? {
                0 => Location::Body,
                1 => Location::Uri,
                2 => Location::Query,
                3 => Location::Header,
                4 => Location::StatusCode,
                5 => Location::Special,
                _ => return None,
            },
            shape: self.reference()?,
            name_index,
        })
    }

    fn shape(&mut self) -> Option<Shape> {
        Some(match self.number()? {
            1 => {
                let (item, (min, max)) = (self.reference()?, self.length()?);
                Shape::List(leak(List { item, min, max }))
            }
            2 => {
                let Shape::String(key) = self.reference()? else { return None };
                let (value, (min, max)) = (self.reference()?, self.length()?);
                Shape::Map(leak(Map { key, value, min, max }))
            }
            3 => {
                let (min, max) = self.length()?;
                let (values, pattern) = (self.list(Reader::text)?, self.option(Reader::text)?);
                Shape::String(leak(Text { min, max, values, pattern }))
            }
            4 => Shape::Integer(self.range()?),
            5 => Shape::Float(self.range()?),
            6 => Shape::Boolean,
            7 => {
                let (min, max) = self.length()?;
                Shape::Blob(leak(Length { min, max }))
            }
            8 => Shape::Timestamp(TimestampFormat::Iso8601),
            9 => Shape::Timestamp(TimestampFormat::Rfc822),
            10 => Shape::Timestamp(TimestampFormat::UnixTimestamp),
            11 => Shape::Document,
            _ => return None,
        })
    }

    fn reference(&mut self) -> Option<Shape> {
        let index = self.number()?;
        self.shapes.get(index).copied()
    }

    fn structure_reference(&mut self) -> Option<&'static Structure> {
        match self.reference()? {
            Shape::Structure(structure) => Some(structure),
            _ => None,
        }
    }

    fn operation(
        &mut self,
        protocol: Protocol,
        service_auth: &'static [AuthScheme],
    ) -> Option<Operation> {
        Some(Operation {
            name: self.text()?,
            method_name: self.text()?,
            http_method: self.text()?,
            uri: self.list(|reader| {
                Some(match reader.number()? {
                    0 => UriPart::Literal(reader.text()?),
                    kind => UriPart::Label { member: reader.number()?, greedy: kind == 2 },
                })
            })?,
            status: self.number()?.try_into().ok()?,
            protocol,
            json_headers: self.list(|reader| Some((reader.text()?, reader.text()?)))?,
            input: self.option(Reader::structure_reference)?.unwrap_or(&EMPTY),
            output: self.option(Reader::structure_reference)?.unwrap_or(&EMPTY),
            errors: self.list(Reader::structure_reference)?,
            idempotent: self.flag()?,
            idempotency_tokens: self.list(Reader::number)?,
            auth: self.option(Reader::auth)?.unwrap_or(service_auth),
        })
    }

    fn auth(&mut self) -> Option<&'static [AuthScheme]> {
        self.list(|reader| {
            Some(match reader.number()? {
                0 => AuthScheme::SigV4,
                1 => AuthScheme::Bearer,
                2 => AuthScheme::None,
                3 => AuthScheme::Other(reader.text()?),
                _ => return None,
            })
        })
    }

    fn range(&mut self) -> Option<&'static Range> {
        let mut bound = || self.option(|reader| reader.bits().map(f64::from_bits));
        let (min, max) = (bound()?, bound()?);
        Some(leak(Range { min, max }))
    }

    fn length(&mut self) -> Option<(usize, Option<usize>)> {
        Some((self.number()?, self.option(Reader::number)?))
    }

    fn text(&mut self) -> Option<&'static str> {
        let index = self.number()?;
        self.strings.get(index).copied()
    }

    fn flag(&mut self) -> Option<bool> {
        self.number().map(|number| number == 1)
    }

    fn number(&mut self) -> Option<usize> {
        self.bits()?.try_into().ok()
    }

    fn bits(&mut self) -> Option<u64> {
        let (mut bits, mut shift) = (0, 0);
        loop {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            bits |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if *byte < 0x80 {
                return Some(bits);
            }
            shift += 7;
        }
    }

    fn list<T>(&mut self, read: impl FnMut(&mut Self) -> Option<T>) -> Option<&'static [T]> {
        self.sequence(read).map(|entries| &*entries.leak())
    }

    fn sequence<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.number()?;
        let mut entries = Vec::with_capacity(length);
        for _ in 0..length {
            entries.push(read(self)?);
        }
        Some(entries)
    }

    /// `None` outside if the image is damaged.
    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.number()? {
            0 => Some(None),
            _ => read(self).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::image_writer::image;
    use super::super::{embedded, loader};

    #[test]
    fn the_tables_of_each_model_are_those_of_its_json() {
        for name in embedded::names() {
            let parsed = loader::service(name, embedded::files(name).unwrap()).unwrap();
            let read = embedded::service(name).unwrap();
            assert!(image(parsed) == image(&read), "{name}");
        }
    }

    #[test]
    fn a_damaged_image_is_no_service() {
        let files = embedded::files("bedrock-runtime").unwrap();
        let parsed = loader::service("bedrock-runtime", files.clone()).unwrap();
        let whole: &'static [u8] = image(parsed).leak();
        assert!(super::service("bedrock-runtime", whole, files.clone()).is_some());
        for end in 0..whole.len() {
            assert!(super::service("bedrock-runtime", &whole[..end], files.clone()).is_none());
        }
    }
}
