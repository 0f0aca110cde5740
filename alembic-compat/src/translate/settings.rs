//! What a translation may rely on beside the script itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is known of a project beside its revisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Where another script of the project [changes](super::change) SQLAlchemy or Alembic, and how, as in
    /// "`b.py`, line 9, which calls `compiles()` for `Table`". Then nothing is translated.
    pub changed: Option<String>,
    /// Whether other revisions run before this one. One run of Alembic makes a type that comes with a
    /// table only once, whichever revision it came with; then it is made where it is missing.
    pub amid_others: bool,
    /// What `context.is_offline_mode()` answers.
    pub offline: bool,
    /// The `-x` arguments as given, such as `tenant=a`, for `context.get_x_argument()`.
    pub x_arguments: Vec<String>,
    /// The options of the configuration file, for `context.config.get_main_option()`; of one that is
    /// not there it is not known whether `env.py` sets it.
    pub options: BTreeMap<String, String>,
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
