//! Which files of a folder are revisions, in Alembic's order.
//!
//! Names are sorted within a folder, and a folder's files come before the folders in it. Compiled
//! files, which Alembic reads with `sourceless`, are never taken: there is no text in them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Tells whether a file of that name is a revision for Alembic: `*.py`, apart from `__init__*` and
/// from what editors leave behind (`.#*`).
#[must_use]
pub fn is_revision(name: &str) -> bool {
    name.ends_with(".py") && !name.starts_with("__init__") && !name.starts_with(".#")
}

/// Lists the revision files of a folder and, where that is wanted, of the folders in it.
///
/// Links to files are followed and links to folders are not, so that there is an end.
///
/// # Errors
/// Fails when a folder cannot be read.
pub fn list(folder: &Path, recursive: bool) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    descend(folder, recursive, &mut files)?;
    Ok(files)
}

fn descend(folder: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut names = Vec::new();
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.file_name());
        } else if entry.file_name().to_str().is_some_and(is_revision) && !entry.path().is_dir() {
            names.push(entry.file_name());
        }
    }
    names.sort_unstable();
    files.extend(names.iter().map(|name| folder.join(name)));
    if recursive {
        folders.sort_unstable();
        folders.retain(|name| !name.to_string_lossy().ends_with("__pycache__"));
        for name in folders {
            descend(&folder.join(name), recursive, files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sources_of_revisions_are_listed_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "b.py",
            "a.py",
            "B.py",
            ".hidden.py",
            ".#a.py",
            "__init__.py",
            "__init__old.py",
            "c.pyc",
            "d.py.bak",
            "e.sql",
            "z/x.py",
            "a/y.py",
            "__pycache__/p.py",
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let listed = |recursive| {
            let paths = list(folder.path(), recursive).unwrap();
            let names = paths
                .iter()
                .map(|path| path.strip_prefix(folder.path()).unwrap());
            names
                .map(|name| name.to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(listed(false), [".hidden.py", "B.py", "a.py", "b.py"]);
        assert_eq!(
            listed(true),
            [".hidden.py", "B.py", "a.py", "b.py", "a/y.py", "z/x.py"]
        );
    }
}
