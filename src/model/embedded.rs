//! The models that every build has.

use std::borrow::Cow;
use std::ops::Range;

use super::files::{File, Files};

/// The files of all models, each compressed by gzip, one after the other. `build.rs` makes them.
static CONTENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/models"));

/// A line for each file: its service, its API version, its kind, and where it starts and ends in
/// [`CONTENT`].
static INDEX: &str = include_str!(concat!(env!("OUT_DIR"), "/models.index"));

/// boto3's name of each service, and the API version of its model.
pub(super) fn services() -> Vec<(&'static str, &'static str)> {
    let mut services: Vec<_> = INDEX.lines().filter_map(fields).map(|(of, _, _)| of).collect();
    services.dedup();
    services
}

/// The files of the service that boto3 calls `name`.
pub(super) fn files(name: &str) -> Option<Files> {
    let file = |kind| content(name, kind).map(Cow::Borrowed);
    Some(Files {
        origin: format!("the built-in model of {name}").into(),
        service: file(File::Service)?,
        paginators: file(File::Paginators),
        waiters: file(File::Waiters),
    })
}

fn content(name: &str, kind: File) -> Option<&'static [u8]> {
    let mut lines = INDEX.lines().filter_map(fields);
    let is_wanted = |&((service, _), file, _): &Fields| (service, file) == (name, kind.name());
    let (_, _, range) = lines.find(is_wanted)?;
    CONTENT.get(range)
}

/// Service and API version, kind, and the place in [`CONTENT`].
type Fields = ((&'static str, &'static str), &'static str, Range<usize>);

fn fields(line: &'static str) -> Option<Fields> {
    let mut fields = line.split(' ');
    let (service, file) = ((fields.next()?, fields.next()?), fields.next()?);
    let mut position = || fields.next()?.parse().ok();
    Some((service, file, position()?..position()?))
}
