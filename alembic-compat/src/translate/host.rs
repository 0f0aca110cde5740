//! The database that a translation may ask.

use super::script::{Segment, Statement};

/// A database that a translation may ask while it follows a script.
///
/// What the script did before a question is run before it, so that the answer is what the script
/// would have been told.
pub trait Host {
    /// Runs statements, in order; returns how many rows the last one changed, where it is one that
    /// changes rows.
    ///
    /// # Errors
    /// Fails with the database's words.
    fn run(&mut self, segments: &[Segment]) -> Result<Option<u64>, HostError>;

    /// Asks the catalogs, in words that the translation chose, as for an inspector: no row of the
    /// project's own tables is read.
    ///
    /// # Errors
    /// Fails with the database's words.
    fn look(&mut self, statement: &Statement) -> Result<Rows, HostError>;

    /// Runs one statement of the script's own and returns its rows, whatever it reads.
    ///
    /// # Errors
    /// Fails with the database's words.
    fn query(&mut self, statement: &Statement) -> Result<Rows, HostError>;
}

/// What a database said when it refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HostError(pub String);

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each as wide as the columns: PostgreSQL's own text of a value, none for `NULL`.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The name of its type as `pg_type` has it, such as `int4`, `_text` or `varchar`.
    pub kind: String,
}
