//! The files of one service model, as they are on disk.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use super::error::ModelError;

/// The three kinds of files, by botocore's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// `service-2`: operations and shapes.
    Service,
    /// `paginators-1`
    Paginators,
    /// `waiters-2`
    Waiters,
}

impl File {
    /// botocore's name of the kind.
    pub const fn name(self) -> &'static str {
        match self {
            File::Service => "service-2",
            File::Paginators => "paginators-1",
            File::Waiters => "waiters-2",
        }
    }

    /// The kind that botocore calls by this name.
    pub fn named(name: &str) -> Option<Self> {
        [File::Service, File::Paginators, File::Waiters]
            .into_iter()
            .find(|file| file.name() == name)
    }
}

/// JSON files, compressed by gzip or not. They are kept as loaded: their text is rarely needed.
#[derive(Debug, Clone)]
pub struct Files {
    /// Where the model comes from, for error texts: e.g. the path of its `service-2.json`.
    pub origin: Cow<'static, str>,
    pub service: Cow<'static, [u8]>,
    /// `None` if the service has no such file.
    pub paginators: Option<Cow<'static, [u8]>>,
    pub waiters: Option<Cow<'static, [u8]>>,
}

const GZIP: &[u8] = &[0x1f, 0x8b];

impl Files {
    /// The JSON text of a file; `None` if the service has no such file.
    pub fn text(&self, file: File) -> Result<Option<String>, ModelError> {
        let bytes = match file {
            File::Service => Some(&self.service),
            File::Paginators => self.paginators.as_ref(),
            File::Waiters => self.waiters.as_ref(),
        };
        let Some(bytes) = bytes else { return Ok(None) };
        let text = if bytes.starts_with(GZIP) {
            // JSON is about seven times as large as its gzip form.
            let mut text = String::with_capacity(8 * bytes.len());
            MultiGzDecoder::new(&**bytes).read_to_string(&mut text).map(|_| text)
        } else {
            String::from_utf8(bytes.to_vec()).map_err(std::io::Error::other)
        };
        text.map(Some).map_err(|error| self.error(&error.to_string()))
    }

    /// The error for a model that cannot be used.
    pub(super) fn error(&self, problem: &str) -> ModelError {
        ModelError::new(format!("{}: {problem}", self.origin))
    }
}
