//! The folder that stands for S3: the object `s3://bucket/key` is its file `bucket/key`.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use super::owned_folder::OwnedFolder;

/// A folder that stands for all of S3. The server's owner chose its root, and no request can cause
/// a file outside of it to be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct S3Folder(OwnedFolder);

impl S3Folder {
    /// The folder that the owner chose by a setting.
    pub(crate) fn of_owner(setting: &str, path: &str) -> Result<Self, String> {
        OwnedFolder::of_owner(setting, path).map(S3Folder)
    }

    /// A folder inside the owner's; `path` is relative to it, or absolute.
    pub(crate) fn inside(&self, setting: &str, path: &str) -> Result<Self, String> {
        self.0.inside(setting, path).map(S3Folder)
    }

    /// The file `name` of job `id` under an S3 URI. The error names the part of the URI that cannot
    /// be the name of a folder.
    pub(crate) fn file(
        &self,
        uri: &str,
        id: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<OutputFile, String> {
        let mut folders = self.names(uri)?;
        folders.push(id.to_owned());
        Ok(OutputFile { root: self.0.root().to_path_buf(), folders, name: name.to_owned(), bytes })
    }

    /// The name and the content of the object at an S3 URI or, if there is a folder, of each object
    /// in it, in the order of their names.
    pub(crate) fn read(&self, uri: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
        let mut path = self.0.root().to_path_buf();
        let missing = |error: io::Error| format!("{uri} could not be read: {error}");
        for name in self.names(uri)? {
            path.push(name);
            refuse_link(&path).map_err(missing)?;
        }
        let mut paths = vec![path.clone()];
        if path.is_dir() {
            let entries = fs::read_dir(path).map_err(missing)?;
            paths = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            paths.retain(|path| path.is_file() && refuse_link(path).is_ok());
            paths.sort();
        }
        let object = |path: PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            // Reading a pipe could take forever.
            if !path.is_file() {
                return Err(format!("{uri} could not be read: it is not a file"));
            }
            Ok((name.unwrap_or_default(), fs::read(path).map_err(missing)?))
        };
        paths.into_iter().map(object).collect()
    }

    /// The names that lead from the root to the object or folder at an S3 URI.
    fn names(&self, uri: &str) -> Result<Vec<String>, String> {
        let key = uri.strip_prefix("s3://").unwrap_or(uri);
        let mut names = self.0.below().to_vec();
        for part in key.split('/').filter(|part| !part.is_empty()) {
            if !is_name(part) {
                return Err(format!("{part:?} in {uri} is not the name of a folder"));
            }
            names.push(part.to_owned());
        }
        Ok(names)
    }
}

/// Links below the root are not followed: they could lead out of it.
fn refuse_link(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path)?.is_symlink() {
        true => Err(io::Error::other("it is a link")),
        false => Ok(()),
    }
}

/// Whether this is the name of an entry of a folder, rather than a path.
fn is_name(part: &str) -> bool {
    let mut components = Path::new(part).components();
    let named = matches!(components.next(), Some(Component::Normal(name)) if name == part);
    named && components.next().is_none() && !part.contains('\0')
}

/// A file that a job writes.
#[derive(Debug)]
pub(crate) struct OutputFile {
    root: PathBuf,
    folders: Vec<String>,
    name: String,
    bytes: Vec<u8>,
}

impl OutputFile {
    /// Makes the folders and the file. Links below the root are not followed: they could lead out
    /// of it.
    pub(crate) fn write(&self) -> io::Result<()> {
        let mut path = self.root.clone();
        fs::create_dir_all(&path)?;
        for name in &self.folders {
            path.push(name);
            match fs::create_dir(&path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            if !fs::symlink_metadata(&path)?.is_dir() {
                return Err(io::Error::other(format!("{} is not a folder", path.display())));
            }
        }
        path.push(&self.name);
        File::options().write(true).create_new(true).open(path)?.write_all(&self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> S3Folder {
        S3Folder::of_owner("s3_folder", "/srv/s3").unwrap()
    }

    fn folders(folder: &S3Folder, uri: &str) -> Result<String, String> {
        folder.file(uri, "id", "output.json", vec![]).map(|output| output.folders.join("/"))
    }

    #[test]
    fn a_uri_names_folders() {
        for (uri, expected) in [
            ("s3://bucket/a/b", "bucket/a/b/id"),
            ("s3://bucket", "bucket/id"),
            ("s3://bucket//a///b/", "bucket/a/b/id"),
            ("s3:///etc/x", "etc/x/id"),
            ("s3://bucket/...", "bucket/.../id"),
            ("s3://bucket/~/$HOME/a b/é", "bucket/~/$HOME/a b/é/id"),
        ] {
            assert_eq!(folders(&root(), uri).as_deref(), Ok(expected));
        }
        let inner = root().inside("s3_folder", "team/a").unwrap();
        assert_eq!(folders(&inner, "s3://bucket").as_deref(), Ok("team/a/bucket/id"));
    }

    #[test]
    fn a_uri_does_not_lead_out_of_the_folder() {
        for uri in
            ["s3://bucket/../../etc/", "s3://..", "s3://bucket/a/..", "s3://b/./c", "s3://b/\0"]
        {
            assert!(folders(&root(), uri).unwrap_err().contains("is not the name"), "{uri}");
        }
    }
}
