//! The models that every build has.

use std::borrow::Cow;

use super::files::{File, Files};
use super::image;
use super::tables::Service;

/// The files of all models, each compressed by gzip, and the images of their tables, one after the
/// other. `build.rs` makes them.
static CONTENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/models"));

/// A line for each file and image: its service, its kind, and where it starts and ends in
/// [`CONTENT`].
static INDEX: &str = include_str!(concat!(env!("OUT_DIR"), "/models.index"));

/// boto3's names of the services.
pub(super) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = INDEX.lines().filter_map(|line| line.split(' ').next()).collect();
    names.dedup();
    names
}

/// The files of the service that boto3 calls `name`.
pub(super) fn files(name: &str) -> Option<Files> {
    let file = |kind: File| content(name, kind.name()).map(|(_, bytes)| Cow::Borrowed(bytes));
    Some(Files {
        origin: format!("the built-in model of {name}").into(),
        service: file(File::Service)?,
        paginators: file(File::Paginators),
        waiters: file(File::Waiters),
    })
}

/// The tables of the service that boto3 calls `name`.
pub(super) fn service(name: &str) -> Option<Service> {
    let (name, image) = content(name, "tables")?;
    image::service(name, image, files(name)?)
}

/// The name of the service, and the bytes.
fn content(name: &str, kind: &str) -> Option<(&'static str, &'static [u8])> {
    let mut lines = INDEX.lines().map(|line| line.split(' '));
    let mut line = lines.find(|line| line.clone().take(2).eq([name, kind]))?;
    let (name, _kind) = (line.next()?, line.next()?);
    let mut position = || line.next()?.parse().ok();
    Some((name, CONTENT.get(position()?..position()?)?))
}
