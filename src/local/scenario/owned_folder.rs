//! A folder that the server's owner has chosen, and folders inside of it.

use std::path::{Component, Path, PathBuf, absolute};

/// A folder inside one that the owner has chosen, or that one itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnedFolder {
    root: PathBuf,
    /// The names that lead from the root to the folder.
    below: Vec<String>,
}

impl OwnedFolder {
    /// The folder that the owner has chosen. Errors begin with the name of the setting.
    pub(crate) fn of_owner(setting: &str, path: &str) -> Result<Self, String> {
        let root = absolute(path).map_err(|error| format!("{setting}: {path}: {error}"))?;
        Ok(OwnedFolder { root, below: Vec::new() })
    }

    /// A folder inside the owner's; `path` is relative to it, or absolute.
    pub(crate) fn inside(&self, setting: &str, path: &str) -> Result<Self, String> {
        let outside = || {
            let root = self.root.display();
            format!("{setting}: {path} is not inside {root}, which the server was given")
        };
        let inner = match Path::new(path) {
            path if path.has_root() => path.strip_prefix(&self.root).map_err(|_| outside())?,
            path => path,
        };
        let mut below = Vec::new();
        for component in inner.components() {
            match component {
                Component::Normal(name) => {
                    below.push(name.to_str().ok_or_else(outside)?.to_owned());
                }
                Component::CurDir => {}
                _ => return Err(outside()),
            }
        }
        Ok(OwnedFolder { root: self.root.clone(), below })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The names that lead from the root to the folder. Links on this way are not to be followed:
    /// they could lead out of the owner's folder.
    pub(crate) fn below(&self) -> &[String] {
        &self.below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> OwnedFolder {
        OwnedFolder::of_owner("s3_folder", "/srv/s3").unwrap()
    }

    #[test]
    fn a_folder_inside_the_owners_may_be_chosen() {
        for (path, below) in [
            ("", vec![]),
            (".", vec![]),
            ("/srv/s3", vec![]),
            ("/srv/s3/", vec![]),
            ("/srv/s3/a/./b", vec!["a", "b"]),
            ("a/b/", vec!["a", "b"]),
        ] {
            assert_eq!(root().inside("s3_folder", path).unwrap().below, below, "{path}");
        }
        for path in ["/", "/etc", "/srv", "/srv/s3x", "..", "../s3", "a/../..", "/srv/s3/../x"] {
            let error = root().inside("s3_folder", path).unwrap_err();
            assert!(error.starts_with("s3_folder: "), "{path}: {error}");
            assert!(error.contains("is not inside /srv/s3"), "{path}: {error}");
        }
    }
}
