//! A file that gets other parents: read, decided, and replaced as a whole or not at all.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Change, reparent};
use crate::source::error::{Problem, SourceError};
use crate::source::read::unreadable;
use crate::source::{Code, normal};

/// A revision file and the text that it is going to have.
#[derive(Clone, Debug)]
#[must_use]
pub struct Rewrite {
    path: PathBuf,
    before: Vec<u8>,
    after: String,
}

impl Rewrite {
    /// Reads a file whose code was read before, and writes nothing yet.
    ///
    /// # Errors
    /// Fails when the file cannot be read or is another by now, and as [`reparent`].
    pub fn prepare(path: &Path, code: &Code, change: &Change<'_>) -> Result<Self, SourceError> {
        let before = read(path)?;
        let raw = match std::str::from_utf8(&before) {
            Ok(raw) if code.text().is_some_and(|text| text == normal(raw)) => raw,
            _ => return Err(SourceError::new(path, 0, Problem::Changed)),
        };
        let after = reparent(path, raw, code, change)?;
        Ok(Self {
            path: path.to_owned(),
            before,
            after,
        })
    }

    /// Returns the text that the file is going to have, with plain line ends.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        normal(&self.after)
    }

    /// Returns the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces files, all or none.
    ///
    /// # Errors
    /// Fails, and leaves them as they are, when one was changed since it was read or cannot be
    /// written.
    pub fn write_all(files: &[Self]) -> Result<(), SourceError> {
        let unwritable = |file: &Self, error: &io::Error| {
            let message = error.to_string();
            SourceError::new(&file.path, 0, Problem::Unwritable { message })
        };
        let mut written = Vec::new();
        for file in files {
            let beside = file.write_beside(file.after.as_bytes());
            written.push(beside.map_err(|error| unwritable(file, &error))?);
        }
        for file in files {
            if read(&file.path)? != file.before {
                return Err(SourceError::new(&file.path, 0, Problem::Changed));
            }
        }
        for (index, (file, written)) in files.iter().zip(written).enumerate() {
            if let Err(error) = written.replace() {
                // The ones before it get their old text back, as far as the disk lets them.
                for file in &files[..index] {
                    let old = file.write_beside(&file.before);
                    let _ = old.and_then(Written::replace);
                }
                return Err(unwritable(file, &error));
            }
        }
        Ok(())
    }

    fn write_beside(&self, text: &[u8]) -> io::Result<Written> {
        // What a link leads to is replaced, not the link.
        let real = fs::canonicalize(&self.path)?;
        let folder = real.parent().unwrap_or(Path::new("."));
        // Its own words would name the temporary file, of which nobody knows.
        let named = |error: io::Error| io::Error::from(error.kind());
        let builder = tempfile::Builder::new().prefix(".new-").tempfile_in(folder);
        let mut file = builder.map_err(named)?;
        file.write_all(text)?;
        keep_rights(&fs::metadata(&real)?, file.as_file())?;
        file.as_file().sync_all()?;
        Ok(Written { file, real })
    }
}

/// The new text in a file beside the old one, which goes away unless it takes its place.
struct Written {
    file: tempfile::NamedTempFile,
    real: PathBuf,
}

impl Written {
    fn replace(self) -> io::Result<()> {
        self.file.persist(&self.real).map_err(|error| error.error)?;
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    fs::read(path).map_err(|error| SourceError::new(path, 0, unreadable(&error)))
}

/// Gives a file the owner and the rights of the one that it replaces.
fn keep_rights(old: &fs::Metadata, new: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        // Nobody but root may give a file away, and others need not: it is theirs.
        let _ = fchown(new, Some(old.uid()), Some(old.gid()));
    }
    new.set_permissions(old.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RevisionId;

    const TEXT: &str = "-- revision: b\r\n-- down_revision: a\r\n\r\n-- limbeck: upgrade\r\n";

    fn prepare(path: &Path) -> Result<Rewrite, SourceError> {
        let gone = [RevisionId::from_database("a")];
        let new = RevisionId::from_database("z");
        let change = Change {
            gone: &gone,
            new: Some(&new),
        };
        let code = Code::Sql(TEXT.replace('\r', "").into());
        Rewrite::prepare(path, &code, &change)
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_with_its_rights_and_behind_its_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.sql");
        fs::create_dir(folder.path().join("real")).unwrap();
        let real = folder.path().join("real/file");
        fs::write(&real, TEXT).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::{PermissionsExt, symlink};
            fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
            symlink("real/file", &path).unwrap();
        }
        let rewrite = prepare(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), TEXT);
        Rewrite::write_all(&[rewrite]).unwrap();
        assert_eq!(
            fs::read_to_string(&real).unwrap(),
            TEXT.replace(": a", ": z")
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                fs::metadata(&real).unwrap().permissions().mode() & 0o777,
                0o640
            );
            assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
        }
        assert_eq!(fs::read_dir(folder.path().join("real")).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_changed_in_between_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.sql");
        let other = format!("{TEXT}SELECT 1;\n");
        fs::write(&path, &other).unwrap();
        let changed = |error: SourceError| error.problem == Problem::Changed;
        assert!(prepare(&path).is_err_and(changed));
        fs::write(&path, TEXT).unwrap();
        let rewrite = prepare(&path).unwrap();
        fs::write(&path, &other).unwrap();
        assert!(Rewrite::write_all(&[rewrite]).is_err_and(changed));
        assert_eq!(fs::read_to_string(&path).unwrap(), other);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
