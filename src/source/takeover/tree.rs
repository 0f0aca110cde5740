//! The files of a folder that is taken over: their names, and the texts of those that can matter.
//!
//! Everything is read at once and on several threads; which files count is a format's concern.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::TakeoverProblem;
use crate::source::error::{Problem, SourceError};
use crate::source::gate::Gate;
use crate::source::read::{self, Text, unreadable};

/// Endings of files that are code of a tool's own language.
pub(super) const CODE: [&str; 10] = [
    ".rs", ".go", ".js", ".ts", ".cjs", ".mjs", ".cts", ".mts", ".java", ".kt",
];

/// A file below the folder.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// The name, with the folders below the one that was listed before it and `/` between.
    pub(super) name: String,
    /// As it is shown to a person.
    pub(super) path: PathBuf,
    /// Its text, or the line and what is wrong there; none where it is not looked at.
    text: Option<Result<Arc<Text>, (u32, Problem)>>,
}

/// A file with its text.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    pub(super) text: Arc<Text>,
}

impl Part {
    /// Returns the text with plain line ends.
    pub(super) fn plain(&self) -> &str {
        &self.text.plain
    }
}

impl File {
    /// Returns the folder below the one that was listed, empty for that one, and the file's own name.
    pub(super) fn split(&self) -> (&str, &str) {
        self.name.rsplit_once('/').unwrap_or(("", &self.name))
    }

    /// Returns the name where the file lies in no folder below.
    pub(super) fn top(&self) -> Option<&str> {
        (!self.name.contains('/')).then_some(&self.name)
    }

    /// Returns the text with plain line ends; empty where it cannot be read.
    pub(super) fn plain(&self) -> &str {
        match &self.text {
            Some(Ok(text)) => &text.plain,
            _ => "",
        }
    }

    /// Returns the file with its text.
    pub(super) fn part(&self) -> Result<Part, SourceError> {
        let text = match &self.text {
            Some(Ok(text)) => Arc::clone(text),
            Some(Err((line, problem))) => {
                return Err(SourceError::new(&self.path, *line, problem.clone()));
            }
            None => Arc::default(),
        };
        let path = self.path.clone();
        Ok(Part { path, text })
    }
}

/// How far down files are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// In the folder, and in those directly in it.
    Two,
    /// In all folders below.
    All,
}

/// The files of one folder or several, sorted by name within each.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub(super) files: Vec<File>,
    /// The files that lead back, where they have a folder of their own.
    pub(super) rollbacks: Vec<File>,
}

impl Tree {
    /// Reads a folder.
    pub(super) fn read(
        path: &Path,
        depth: Depth,
        gate: Option<&Gate>,
    ) -> Result<Self, SourceError> {
        let mut names = Vec::new();
        let levels = match depth {
            Depth::Two => 2,
            Depth::All => usize::MAX,
        };
        list(path, "", levels, &mut names).map_err(|error| {
            let problem = match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                    TakeoverProblem::NoFolder.into()
                }
                _ => unreadable(&error),
            };
            SourceError::new(path, 0, problem)
        })?;
        names.sort_unstable();
        let looked_at: Vec<OsString> = names
            .iter()
            .filter(|name| matters(name))
            .map(OsString::from)
            .collect();
        let mut texts = read::texts(path, &looked_at, gate)
            .map_err(|error| SourceError::new(path, 0, unreadable(&error)))?;
        let files = names.into_iter().map(|name| {
            let text = if matters(&name) { texts.next() } else { None };
            File {
                path: path.join(&name),
                text: text.map(|text| text.map(Arc::new)),
                name,
            }
        });
        Ok(Self {
            files: files.collect(),
            rollbacks: Vec::new(),
        })
    }

    /// Returns the files that lie in no folder below, with their names.
    pub(super) fn top(&self) -> impl Iterator<Item = (&File, &str)> {
        self.files
            .iter()
            .filter_map(|file| Some((file, file.top()?)))
    }

    /// Returns the file of that name.
    pub(super) fn get(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| file.name == name)
    }

    /// Returns the folders directly in this one, each with its files.
    pub(super) fn folders(&self) -> impl Iterator<Item = (&str, &[File])> {
        let folders = self.files.chunk_by(|a, b| a.split().0 == b.split().0);
        folders.filter_map(|files| {
            let folder = files.first()?.split().0;
            let is_direct = !folder.is_empty() && !folder.contains('/');
            is_direct.then_some((folder, files))
        })
    }

    /// Tells whether there is any SQL.
    pub(super) fn has_sql(&self) -> bool {
        self.files.iter().any(|file| file.name.ends_with(".sql"))
    }
}

/// Tells whether a file's text can say something: snapshots and readmes are left alone.
fn matters(name: &str) -> bool {
    let own = name.rsplit('/').next().unwrap_or(name);
    let is_code = || {
        let digits = own.trim_start_matches(['U', 'V']);
        digits.starts_with(|c: char| c.is_ascii_digit())
            && CODE.iter().any(|ending| own.ends_with(ending))
    };
    let is_sql = own
        .len()
        .checked_sub(4)
        .and_then(|at| own.get(at..))
        .is_some_and(|ending| ending.eq_ignore_ascii_case(".sql"));
    is_sql
        || own == "_journal.json"
        || own == "metadata.toml"
        || own.ends_with(".conf")
        || is_code()
}

fn list(root: &Path, below: &str, levels: usize, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        // A name that is no text is none that a tool gave.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let name = match below {
            "" => name,
            _ => format!("{below}/{name}"),
        };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if levels > 1 {
                list(root, &name, levels - 1, names)?;
            }
        } else if kind.is_file() || (kind.is_symlink() && !entry.path().is_dir()) {
            names.push(name);
        }
    }
    Ok(())
}
