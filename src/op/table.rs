//! Tables to create.

use super::column::Column;
use super::constraint::Constraint;
use super::name::{Columns, QualifiedName};

/// A table with its columns and constraints.
///
/// Given to `drop_table`, it makes the drop reversible.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Table {
    pub(crate) name: QualifiedName,
    pub(crate) columns: Vec<Column>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) unlogged: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) partition_by: Option<String>,
    pub(crate) with: Vec<(String, String)>,
    pub(crate) comment: Option<String>,
}

/// A table without columns, to be filled in.
pub fn table(name: impl Into<QualifiedName>) -> Table {
    Table {
        name: name.into(),
        columns: Vec::new(),
        constraints: Vec::new(),
        unlogged: false,
        if_not_exists: false,
        partition_by: None,
        with: Vec::new(),
        comment: None,
    }
}

impl Table {
    /// Puts the table into a schema.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.name.schema = Some(schema.into());
        self
    }

    /// Adds a column.
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// Adds several columns, for example those that every table of a project has.
    pub fn columns(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        self.columns.extend(columns);
        self
    }

    /// Makes several columns the primary key; for one, see [`Column::primary_key`].
    pub fn primary_key(self, columns: impl Into<Columns>) -> Self {
        self.constraint(super::primary_key(columns))
    }

    /// Adds a constraint.
    pub fn constraint(mut self, constraint: impl Into<Constraint>) -> Self {
        self.constraints.push(constraint.into());
        self
    }

    /// Partitions the table, for example by `RANGE (created_at)`.
    pub fn partition_by(mut self, clause: impl Into<String>) -> Self {
        self.partition_by = Some(clause.into());
        self
    }

    /// Sets a storage parameter, for example `fillfactor` to `70`.
    pub fn with(mut self, parameter: impl Into<String>, value: impl Into<String>) -> Self {
        self.with.push((parameter.into(), value.into()));
        self
    }

    /// Keeps the table out of the write-ahead log.
    pub fn unlogged(mut self) -> Self {
        self.unlogged = true;
        self
    }

    /// Sets the comment.
    pub fn comment(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// Does nothing where a table of that name exists, whatever it looks like.
    pub fn if_not_exists(mut self) -> Self {
        self.if_not_exists = true;
        self
    }
}
