//! The models that every build has.

use std::borrow::Cow;

use super::files::{File, Files};

/// The files of all models, each compressed by gzip, one after the other. `build.rs` makes them.
static CONTENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/models"));

/// A line for each file: its service, its kind, and where it starts and ends in [`CONTENT`].
static INDEX: &str = include_str!(concat!(env!("OUT_DIR"), "/models.index"));

/// boto3's names of the services.
pub(super) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = INDEX.lines().filter_map(|line| line.split(' ').next()).collect();
    names.dedup();
    names
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
    let mut lines = INDEX.lines().map(|line| line.split(' '));
    let mut line = lines.find(|line| line.clone().take(2).eq([name, kind.name()]))?.skip(2);
    let mut position = || line.next()?.parse().ok();
    CONTENT.get(position()?..position()?)
}
