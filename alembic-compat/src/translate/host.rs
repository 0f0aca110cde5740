//! The database that a translation may ask.

use super::script::{Segment, Statement};
use super::value::Value;

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

    /// Runs one statement and returns its rows.
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
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each as wide as the columns: numbers, texts, truth values, lists, dictionaries and
    /// `None`, as a driver of Python would return them.
    pub rows: Vec<Vec<Value>>,
}
