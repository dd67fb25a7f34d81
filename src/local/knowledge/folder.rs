//! Reading the folder of a knowledge base.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::document::Document;
use super::metadata;

/// The largest number of bytes that all files of a folder may have together.
const LIMIT: u64 = 16 << 20;

/// The text files (`.txt`, `.md`) in the folder to which the names `below` lead from `root`, and in
/// its subfolders, in the order of their names. Links below the root are not followed: they could
/// lead out of it. Files and folders whose names begin with a dot are left out. The error is a
/// sentence.
pub(super) fn read(root: &Path, below: &[String]) -> Result<Vec<Document>, String> {
    let mut folder = root.to_path_buf();
    for name in below {
        folder.push(name);
        let kind = fs::symlink_metadata(&folder).map_err(|error| problem(&folder, error))?;
        if !kind.is_dir() {
            return Err(problem(&folder, "not a folder"));
        }
    }
    let mut reader = Reader { documents: Vec::new(), left: LIMIT };
    let mut folders = vec![(folder, String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| problem(&folder, error))? {
            let entry = entry.map_err(|error| problem(&folder, error))?;
            let path = entry.path();
            let Ok(name) = entry.file_name().into_string() else {
                return Err(problem(&path, "the name is not UTF-8"));
            };
            // Unlike `Path::is_dir`, this says what a link is, not where it leads.
            let kind = entry.file_type().map_err(|error| problem(&path, error))?;
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                folders.push((path, format!("{prefix}{name}/")));
            } else if kind.is_file() && is_text(&path) {
                reader.document(&path, format!("{prefix}{name}"))?;
            }
        }
    }
    reader.documents.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(reader.documents)
}

struct Reader {
    documents: Vec<Document>,
    /// How many bytes may still be read.
    left: u64,
}

impl Reader {
    fn document(&mut self, path: &Path, name: String) -> Result<(), String> {
        let text = String::from_utf8_lossy(&self.bytes(path)?).into_owned();
        let metadata = self.metadata(path)?;
        self.documents.push(Document { name, text, metadata });
        Ok(())
    }

    fn metadata(&mut self, document: &Path) -> Result<Map<String, Value>, String> {
        let mut name = document.as_os_str().to_owned();
        name.push(".metadata.json");
        let path = PathBuf::from(name);
        match fs::symlink_metadata(&path) {
            Ok(kind) if kind.is_file() => {}
            Ok(_) => return Ok(Map::new()),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Map::new()),
            Err(error) => return Err(problem(&path, error)),
        }
        let json = serde_json::from_slice(&self.bytes(&path)?).map_err(|e| problem(&path, e))?;
        metadata::parse(&json).map_err(|error| problem(&path, error))
    }

    fn bytes(&mut self, path: &Path) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let read = |bytes: &mut Vec<u8>| -> io::Result<usize> {
            File::open(path)?.take(self.left + 1).read_to_end(bytes)
        };
        let length = read(&mut bytes).map_err(|error| problem(path, error))?;
        self.left = self.left.checked_sub(length as u64).ok_or_else(|| {
            problem(path, format!("the folder has more than {} MiB of text", LIMIT >> 20))
        })?;
        Ok(bytes)
    }
}

fn is_text(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    extension.eq_ignore_ascii_case("txt") || extension.eq_ignore_ascii_case("md")
}

fn problem(path: &Path, problem: impl std::fmt::Display) -> String {
    format!("{}: {problem}", path.display())
}
