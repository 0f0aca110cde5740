//! Revision files in memory: a folder as it was at some time, or as it would be.
//!
//! Nothing in a snapshot is compiled, so Rust-coded revisions are read and not run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::each_file;
use super::read::{declare, decode};
use super::{Code, Loaded, Loading, Location, Python, Source, SourceError, normal};
use crate::declaration::Declaration;

/// Revision files by their path, with plain line ends.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    files: BTreeMap<PathBuf, Box<[u8]>>,
    python: Arc<Python>,
}

impl Snapshot {
    /// A snapshot without files; `python` is what is known of revisions in Python.
    #[must_use]
    pub fn new(python: Arc<Python>) -> Self {
        Self {
            files: BTreeMap::new(),
            python,
        }
    }

    /// Takes folders as they are now; what cannot be read is left out.
    #[must_use]
    pub fn of(locations: &[Location], python: Arc<Python>) -> Self {
        let mut snapshot = Self::new(python);
        for location in locations {
            each_file(location, |path| {
                if let Ok(bytes) = fs::read(&path) {
                    snapshot.insert(path, bytes);
                }
            });
        }
        snapshot
    }

    /// Puts a file in, in the place of the one that was there.
    pub fn insert(&mut self, path: PathBuf, bytes: Vec<u8>) {
        let plain = match decode(&bytes) {
            Ok(text) => match normal(text) {
                text if text.len() == bytes.len() => bytes,
                text => text.into_owned().into_bytes(),
            },
            Err(_) => bytes,
        };
        self.files.insert(path, plain.into());
    }

    /// Returns what a file holds.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<&[u8]> {
        self.files.get(path).map(AsRef::as_ref)
    }

    /// Returns the files, sorted by their path.
    pub fn files(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        let files = self.files.iter();
        files.map(|(path, bytes)| (path.as_path(), bytes.as_ref()))
    }

    /// Returns whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns what is known of revisions in Python.
    #[must_use]
    pub fn python(&self) -> &Arc<Python> {
        &self.python
    }

    /// Reads what a file says of itself; none where it does not say its id.
    #[must_use]
    pub fn declaration(&self, path: &Path) -> Option<Declaration> {
        let text = decode(self.get(path)?).ok()?;
        declare(path, text, &self.python, &mut Vec::new())
    }
}

impl Source for Snapshot {
    fn load(&self) -> Loading {
        let mut loading = Loading::default();
        for (path, bytes) in self.files() {
            match decode(bytes) {
                Ok(text) => {
                    let declaration = declare(path, text, &self.python, &mut loading.errors);
                    if let Some(declaration) = declaration {
                        let name = path.file_name().unwrap_or_default();
                        loading.loaded.push(Loaded {
                            declaration: Box::new(declaration),
                            code: Code::of_file(name, text.into(), &self.python),
                        });
                    }
                }
                Err((line, problem)) => {
                    let error = SourceError::new(path, line, problem);
                    loading.errors.push(error);
                }
            }
        }
        loading
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_read_as_a_folder_is() {
        let mut snapshot = Snapshot::default();
        let mut insert = |path: &str, text: &[u8]| snapshot.insert(path.into(), text.to_vec());
        insert("v/b.sql", b"-- revision: b\r\n-- limbeck: upgrade\r\n");
        insert("v/a.py", b"revision = 'a'\ndown_revision = None\n");
        insert("v/c.sql", b"-- revision: \xe9\n");
        let loading = snapshot.load();
        let ids = loading.loaded.iter();
        let ids: Vec<_> = ids.map(|l| l.declaration.revision.value.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        assert_eq!(loading.errors[0].path, Path::new("v/c.sql"));
        let plain: &[u8] = b"-- revision: b\n-- limbeck: upgrade\n";
        assert_eq!(snapshot.get(Path::new("v/b.sql")), Some(plain));
    }

    #[test]
    fn a_snapshot_of_a_folder_has_its_revisions() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("below")).unwrap();
        for name in ["b.sql", "c.md", "below/a.py"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |location: Location| {
            let snapshot = Snapshot::of(&[location], Arc::default());
            let files = snapshot.files();
            let names = files.map(|(path, _)| path.strip_prefix(folder.path()).unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        let location = Location::new(folder.path());
        assert_eq!(names(location.clone()), [Path::new("b.sql")]);
        assert_eq!(
            names(location.recursive()),
            [Path::new("b.sql"), Path::new("below/a.py")]
        );
    }
}
