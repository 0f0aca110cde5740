//! What can be wrong with a configuration file.

use std::fmt;
use std::path::PathBuf;

/// What is wrong with a configuration file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// The line (1-based); 0 where no line is meant.
    pub line: u32,
    /// What is wrong there.
    pub problem: Problem,
}

impl fmt::Display for ConfigError {
    /// `path:line: what is wrong`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if self.line > 0 {
            write!(f, "{}:", self.line)?;
        }
        write!(f, " {}", self.problem)
    }
}

impl std::error::Error for ConfigError {}

/// What is wrong, apart from where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Occurs when an INI file has a value before its first section.
    #[error("a value stands above the first section")]
    NoSection,
    /// Occurs when an INI file has a section twice.
    #[error("there is a section `[{section}]` already")]
    DuplicateSection {
        /// The section.
        section: String,
    },
    /// Occurs when a section of an INI file has a key twice.
    #[error("`{key}` is already set on line {first}")]
    DuplicateKey {
        /// The key.
        key: String,
        /// The line of the first one.
        first: u32,
    },
    /// Occurs when a line of an INI file is neither a section nor a key with a value.
    #[error("`{text}` is no `key = value`")]
    NoValue {
        /// The line.
        text: String,
    },
    /// Occurs when a `%` begins neither `%%` nor `%(name)s`.
    #[error("`{excerpt}` is no reference: a `%` of its own is written `%%`")]
    Percent {
        /// The value from the `%` on, cut where it is long.
        excerpt: String,
    },
    /// Occurs when a value refers to one that there is not.
    #[error("there is no value `{name}` to put in")]
    Reference {
        /// What it refers to.
        name: String,
    },
    /// Occurs when values refer to each other without end.
    #[error("the value refers to itself, or goes too deep")]
    Depth,
    /// Occurs when a `pyproject.toml` is not TOML.
    #[error("{message}")]
    Toml {
        /// The parser's sentence.
        message: String,
    },
    /// Occurs when a value is not what its key takes.
    #[error("`{key}` takes {expected}")]
    Value {
        /// The key.
        key: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// Occurs when a value of a `pyproject.toml` has another type than its key takes.
    #[error("`{key}` takes {expected}")]
    Type {
        /// The key.
        key: String,
        /// What it takes.
        expected: &'static str,
    },
}
