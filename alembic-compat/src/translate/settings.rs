//! What a translation may rely on beside the script itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::value::Value;

/// What is known of a project beside its revisions.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Settings {
    /// What `context.is_offline_mode()` answers.
    pub offline: bool,
    /// The `-x` arguments as given, such as `tenant=a`, for `context.get_x_argument()`.
    pub x_arguments: Vec<String>,
    /// `version_table_schema` of `context.configure()`, which scripts may ask for.
    pub version_table_schema: Option<String>,
    /// Folders in which the project's own modules are looked up, to be read and never run.
    pub python_path: Vec<PathBuf>,
    /// Functions of the project by their full names, such as `app.migrations.check`, that do nothing
    /// to the database: a call of one is worth `None`, and a `with` block of one is its body.
    pub ignore: Vec<String>,
    /// Column types of the project by their full names, such as `app.types.GUID`, and what they are in
    /// PostgreSQL.
    pub types: BTreeMap<String, String>,
    /// The naming convention of the project's `MetaData`: what the names of indexes (`ix`), unique
    /// constraints (`uq`), checks (`ck`), foreign keys (`fk`) and primary keys (`pk`) are made of.
    pub naming_convention: BTreeMap<String, String>,
}

/// The database that a translation may ask.
pub trait Host {
    /// Runs statements, in order.
    ///
    /// # Errors
    /// Fails with the database's words.
    fn run(&mut self, statements: &[String]) -> Result<(), HostError>;

    /// Runs one statement and returns its rows.
    ///
    /// # Errors
    /// Fails with the database's words.
    fn query(&mut self, statement: &str) -> Result<Rows, HostError>;
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
    /// The rows, each as wide as the columns: numbers, texts, truth values, lists and `None`.
    pub rows: Vec<Vec<Value>>,
}
