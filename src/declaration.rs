//! What a file claims of itself: plain strings with a path and a line, not yet believed.
//!
//! Sources make declarations; only the graph decides whether they hold. Nothing here is checked.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};

/// The format that a declaration was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// A Rust-coded revision.
    Rust,
    /// A SQL revision.
    Sql,
    /// A revision of an Alembic project, in Python.
    Alembic,
    /// A file of another migration tool.
    Tool(Tool),
    /// What the ledger kept of an applied revision whose file is gone.
    Ledger,
}

/// A migration tool whose folder is read in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Tool {
    /// golang-migrate: `000001_name.up.sql`, `.down.sql`.
    GolangMigrate,
    /// Drizzle: a journal and its files, or a folder for each migration.
    Drizzle,
    /// SQL files with a number, run by whatever it may be.
    Numbered,
    /// Numbered SQL files, with a folder of files that lead back.
    Rollbacks,
    /// refinery: `V1__name.sql`.
    Refinery,
    /// sqlx: `20250101000000_name.sql`, or `.up.sql` and `.down.sql`.
    Sqlx,
    /// diesel: a folder for each migration, with `up.sql` and `down.sql`.
    Diesel,
    /// dbmate: `-- migrate:up` and `-- migrate:down` in one file.
    Dbmate,
    /// goose: `-- +goose Up` and `-- +goose Down` in one file.
    Goose,
    /// Flyway: `V1__name.sql`, `U1__name.sql`, `R__name.sql`.
    Flyway,
    /// node-pg-migrate: `-- Up Migration` and `-- Down Migration` in one file.
    NodePgMigrate,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::GolangMigrate,
        Self::Drizzle,
        Self::Numbered,
        Self::Rollbacks,
        Self::Refinery,
        Self::Sqlx,
        Self::Diesel,
        Self::Dbmate,
        Self::Goose,
        Self::Flyway,
        Self::NodePgMigrate,
    ];

    /// Returns its name in settings, and in what is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GolangMigrate => "golang-migrate",
            Self::Drizzle => "drizzle",
            Self::Numbered => "numbered",
            Self::Rollbacks => "rollbacks",
            Self::Refinery => "refinery",
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
            Self::Dbmate => "dbmate",
            Self::Goose => "goose",
            Self::Flyway => "flyway",
            Self::NodePgMigrate => "node-pg-migrate",
        }
    }

    /// Returns the tool of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.as_str() == name)
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Rust => "rust",
            Self::Sql => "sql",
            Self::Alembic => "alembic",
            Self::Tool(tool) => tool.as_str(),
            Self::Ledger => "ledger",
        })
    }
}

/// A string of a declaration and the line it stands on (1-based; 0 where there is no file).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The string as written, white space trimmed.
    pub value: String,
    /// The line in the declaration's file.
    pub line: u32,
}

impl Claim {
    /// A claim on a line.
    #[must_use]
    pub fn new(value: impl Into<String>, line: u32) -> Self {
        let value = value.into();
        Self { value, line }
    }
}

/// What one file says of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The revision's own id.
    pub revision: Claim,
    /// The parents; empty for a base.
    pub down_revision: Vec<Claim>,
    /// Revisions (or labels) that must be applied first without being parents.
    pub depends_on: Vec<Claim>,
    /// The labels of the line that begins or ends here.
    pub branch_labels: Vec<Claim>,
    /// One line for a person; may be empty.
    pub message: String,
    /// When the file was written, where it says so.
    pub created: Option<DateTime<FixedOffset>>,
    /// The file, as it should be shown to a person; none for a ledger entry.
    pub path: Option<Arc<Path>>,
    /// The format it was read from.
    pub format: Format,
}

impl Declaration {
    /// A declaration with nothing but an id, to be filled in.
    #[must_use]
    pub fn new(revision: Claim, format: Format) -> Self {
        Self {
            revision,
            down_revision: Vec::new(),
            depends_on: Vec::new(),
            branch_labels: Vec::new(),
            message: String::new(),
            created: None,
            path: None,
            format,
        }
    }
}
