//! What can be wrong with the settings, with the place it stands at.

use std::io;
use std::path::{Path, PathBuf};

use super::Origin;
use super::file::FILE_NAME;
use crate::cli::file_name::TokenError;
use crate::id::IdError;

/// What can be wrong with the settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Occurs when the file that was named cannot be read.
    #[error("cannot read the configuration `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Occurs when the file is not TOML.
    #[error("{}:{line}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u32,
        /// What the parser says.
        message: String,
    },
    /// Occurs when a key has a name that means nothing.
    #[error("{}:{line}: there is no key `{key}`", path.display())]
    UnknownKey {
        /// The name.
        key: String,
        /// The file.
        path: PathBuf,
        /// The line.
        line: u32,
        /// A key with a similar name.
        suggestion: Option<String>,
    },
    /// Occurs when a value is not what its key takes.
    #[error("{} takes {expected}", place(origin, key))]
    Value {
        /// The key.
        key: &'static str,
        /// Where the value stands.
        origin: Origin,
        /// What the key takes.
        expected: &'static str,
    },
    /// Occurs when `--name` names a section that the file does not have.
    #[error("there is no section `[name.{name}]`{}", in_file(path.as_deref()))]
    UnknownName {
        /// The name.
        name: String,
        /// The file, where there is one.
        path: Option<PathBuf>,
        /// The sections there are.
        known: Vec<String>,
    },
    /// Occurs when `--name` names a section that Alembic's file does not have.
    #[error("there is no section `[{name}]` in {}", path.display())]
    UnknownSection {
        /// The name.
        name: String,
        /// The file.
        path: PathBuf,
        /// The sections there are.
        known: Vec<String>,
    },
    /// Occurs when a file of Alembic is wrong.
    #[error(transparent)]
    Alembic(#[from] alembic_compat::config::ConfigError),
    /// Occurs when Alembic's files do not say where the revisions are.
    #[error("{} has no `script_location`", path.display())]
    NoScriptLocation {
        /// The file.
        path: PathBuf,
    },
    /// Occurs when revisions are to lie in a Python package that is not found.
    #[error("{}:{line}: there is no folder of a Python package for `{location}`", path.display())]
    NoPackage {
        /// The location as written.
        location: String,
        /// The file.
        path: PathBuf,
        /// The line.
        line: u32,
    },
    /// Occurs when two files are named of which only one can be read.
    #[error("`{}` and `{}` cannot both be read: one file of a kind", first.display(), second.display())]
    SeveralFiles {
        /// The one.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Occurs when the name of the time zone is not known.
    #[error("{}: there is no time zone `{name}`", place(origin, "timezone"))]
    Timezone {
        /// The name.
        name: String,
        /// Where it stands.
        origin: Origin,
    },
    /// Occurs when what is to be ignored is no finding, or one that cannot be ignored.
    #[error(
        "{}: there is no finding `{code}` that can be ignored",
        place(origin, "check.ignore")
    )]
    Ignored {
        /// What is written there.
        code: String,
        /// Where it stands.
        origin: Origin,
        /// A finding with a similar name.
        suggestion: Option<String>,
    },
    /// Occurs when the template of file names has a token that means nothing.
    #[error("{}: {source}", place(origin, "file_template"))]
    Template {
        /// Where it stands.
        origin: Origin,
        /// What is wrong with it.
        source: TokenError,
    },
    /// Occurs when a folder of another tool is not named.
    #[error("{}: a [[source]] has no `path`", at(origin))]
    NoSourcePath {
        /// Where the table stands.
        origin: Origin,
    },
    /// Occurs when the format of a folder is none.
    #[error("{}: there is no format `{name}`", place(origin, "source.format"))]
    Format {
        /// The name.
        name: String,
        /// Where it stands.
        origin: Origin,
    },
    /// Occurs when the label of a folder cannot be one.
    #[error("{}: {source}", place(origin, "source.label"))]
    SourceLabel {
        /// Where it stands.
        origin: Origin,
        /// What is wrong with it.
        source: IdError,
    },
    /// Occurs when two folders would have one label.
    #[error("{}: another [[source]] has the label `{label}` already", at(origin))]
    SameLabel {
        /// The label.
        label: String,
        /// Where the second one stands.
        origin: Origin,
    },
    /// Occurs when a folder holds revisions of limbeck and is to be another tool's.
    #[error(
        "{}: `{}` is among the `version_locations`, and cannot be a [[source]] as well",
        at(origin),
        path.display()
    )]
    SourceIsLocation {
        /// The folder.
        path: PathBuf,
        /// Where it stands.
        origin: Origin,
    },
    /// Occurs when new revisions would go to sub-folders that are not read.
    #[error(
        "{}: `/` makes sub-folders, which are not read",
        place(origin, "file_template")
    )]
    TemplateFolders {
        /// Where the template stands.
        origin: Origin,
    },
}

fn place(origin: &Origin, key: &str) -> String {
    match origin {
        Origin::Flag(flag) => format!("`{flag}`"),
        Origin::Environment(variable) => format!("the variable `{variable}`"),
        Origin::File { path, line } | Origin::Alembic { path, line } => {
            format!("{}:{line}: `{key}`", path.display())
        }
        Origin::Default => format!("`{key}`"),
    }
}

/// A place where no key is.
fn at(origin: &Origin) -> String {
    match origin {
        Origin::Environment(variable) => format!("the variable `{variable}`"),
        origin => origin.to_string(),
    }
}

fn in_file(path: Option<&Path>) -> String {
    path.map_or_else(
        || format!(", for there is no {FILE_NAME}"),
        |path| format!(" in {}", path.display()),
    )
}
