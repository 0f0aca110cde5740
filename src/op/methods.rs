//! The handle's methods, one for each operation: what is given becomes the operation, recorded.

use super::column::{AlterColumn, Column};
use super::constraint::{Check, Constraint, Exclude, ForeignKey, PrimaryKey, Unique};
use super::dropping::Dropping;
use super::index::Index;
use super::name::QualifiedName;
use super::object::{AddValue, EnumType, Extension, Function, Schema, Trigger, View};
use super::operation::{Commented, Operation};
use super::table::Table;
use super::value::Rows;
use super::{Op, Result};

/// Tables, columns and rows. All fail only as [`record`](Op::record) does.
#[allow(clippy::missing_errors_doc)]
impl Op<'_> {
    /// Creates a table.
    #[track_caller]
    pub fn create_table(&mut self, table: Table) -> Result<()> {
        self.record(Operation::CreateTable(table))
    }

    /// Drops a table; reversible when given its definition.
    #[track_caller]
    pub fn drop_table(&mut self, table: impl Into<Dropping<Table>>) -> Result<()> {
        self.record(Operation::DropTable(table.into()))
    }

    /// Renames a table; it stays in its schema.
    #[track_caller]
    pub fn rename_table(
        &mut self,
        table: impl Into<QualifiedName>,
        to: impl Into<String>,
    ) -> Result<()> {
        let (table, to) = (table.into(), to.into());
        self.record(Operation::RenameTable { table, to })
    }

    /// Adds a column.
    #[track_caller]
    pub fn add_column(&mut self, table: impl Into<QualifiedName>, column: Column) -> Result<()> {
        let table = table.into();
        self.record(Operation::AddColumn { table, column })
    }

    /// Drops a column; reversible when given its definition.
    #[track_caller]
    pub fn drop_column(
        &mut self,
        table: impl Into<QualifiedName>,
        column: impl Into<Dropping<Column>>,
    ) -> Result<()> {
        let (table, column) = (table.into(), column.into());
        self.record(Operation::DropColumn { table, column })
    }

    /// Changes a column: its type, nullability, default, name or comment.
    #[track_caller]
    pub fn alter_column(
        &mut self,
        table: impl Into<QualifiedName>,
        change: AlterColumn,
    ) -> Result<()> {
        let table = table.into();
        self.record(Operation::AlterColumn { table, change })
    }

    /// Comments a table; its reverse removes the comment.
    #[track_caller]
    pub fn create_table_comment(
        &mut self,
        table: impl Into<QualifiedName>,
        text: impl Into<String>,
    ) -> Result<()> {
        self.record(Operation::Comment {
            on: Commented::Table(table.into()),
            text: Some(text.into()),
            existing: None,
        })
    }

    /// Removes the comment of a table.
    #[track_caller]
    pub fn drop_table_comment(&mut self, table: impl Into<QualifiedName>) -> Result<()> {
        self.record(Operation::Comment {
            on: Commented::Table(table.into()),
            text: None,
            existing: None,
        })
    }

    /// Comments a column; its reverse removes the comment.
    #[track_caller]
    pub fn create_column_comment(
        &mut self,
        table: impl Into<QualifiedName>,
        column: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<()> {
        self.record(Operation::Comment {
            on: Commented::Column(table.into(), column.into()),
            text: Some(text.into()),
            existing: None,
        })
    }

    /// Removes the comment of a column.
    #[track_caller]
    pub fn drop_column_comment(
        &mut self,
        table: impl Into<QualifiedName>,
        column: impl Into<String>,
    ) -> Result<()> {
        self.record(Operation::Comment {
            on: Commented::Column(table.into(), column.into()),
            text: None,
            existing: None,
        })
    }

    /// Inserts rows; reversible when the rows have a [`key`](Rows::key).
    #[track_caller]
    pub fn bulk_insert(&mut self, table: impl Into<QualifiedName>, rows: Rows) -> Result<()> {
        let table = table.into();
        self.record(Operation::BulkInsert { table, rows })
    }
}

/// Indexes and constraints. All fail only as [`record`](Op::record) does.
#[allow(clippy::missing_errors_doc)]
impl Op<'_> {
    /// Creates an index.
    #[track_caller]
    pub fn create_index(&mut self, index: Index) -> Result<()> {
        self.record(Operation::CreateIndex(index))
    }

    /// Drops an index; reversible when given its definition.
    #[track_caller]
    pub fn drop_index(&mut self, index: impl Into<Dropping<Index>>) -> Result<()> {
        self.record(Operation::DropIndex(index.into()))
    }

    /// Renames an index; it stays in its schema.
    #[track_caller]
    pub fn rename_index(
        &mut self,
        index: impl Into<QualifiedName>,
        to: impl Into<String>,
    ) -> Result<()> {
        let (index, to) = (index.into(), to.into());
        self.record(Operation::RenameIndex { index, to })
    }

    /// Adds a constraint of any kind.
    #[track_caller]
    pub fn create_constraint(
        &mut self,
        table: impl Into<QualifiedName>,
        constraint: impl Into<Constraint>,
    ) -> Result<()> {
        let (table, constraint) = (table.into(), constraint.into());
        self.record(Operation::CreateConstraint { table, constraint })
    }

    /// Adds a primary key.
    #[track_caller]
    pub fn create_primary_key(
        &mut self,
        table: impl Into<QualifiedName>,
        constraint: PrimaryKey,
    ) -> Result<()> {
        self.create_constraint(table, constraint)
    }

    /// Adds a unique constraint.
    #[track_caller]
    pub fn create_unique_constraint(
        &mut self,
        table: impl Into<QualifiedName>,
        constraint: Unique,
    ) -> Result<()> {
        self.create_constraint(table, constraint)
    }

    /// Adds a check constraint.
    #[track_caller]
    pub fn create_check_constraint(
        &mut self,
        table: impl Into<QualifiedName>,
        constraint: Check,
    ) -> Result<()> {
        self.create_constraint(table, constraint)
    }

    /// Adds a foreign key.
    #[track_caller]
    pub fn create_foreign_key(
        &mut self,
        table: impl Into<QualifiedName>,
        constraint: ForeignKey,
    ) -> Result<()> {
        self.create_constraint(table, constraint)
    }

    /// Adds an exclusion constraint.
    #[track_caller]
    pub fn create_exclude_constraint(
        &mut self,
        table: impl Into<QualifiedName>,
        constraint: Exclude,
    ) -> Result<()> {
        self.create_constraint(table, constraint)
    }

    /// Drops a constraint; reversible when given its definition.
    #[track_caller]
    pub fn drop_constraint(
        &mut self,
        table: impl Into<QualifiedName>,
        constraint: impl Into<Dropping<Constraint>>,
    ) -> Result<()> {
        let (table, constraint) = (table.into(), constraint.into());
        self.record(Operation::DropConstraint { table, constraint })
    }

    /// Renames a constraint.
    #[track_caller]
    pub fn rename_constraint(
        &mut self,
        table: impl Into<QualifiedName>,
        name: impl Into<String>,
        to: impl Into<String>,
    ) -> Result<()> {
        let (table, name, to) = (table.into(), name.into(), to.into());
        self.record(Operation::RenameConstraint { table, name, to })
    }

    /// Checks the rows that a `not_valid` constraint left unchecked; its reverse does nothing.
    #[track_caller]
    pub fn validate_constraint(
        &mut self,
        table: impl Into<QualifiedName>,
        name: impl Into<String>,
    ) -> Result<()> {
        let (table, name) = (table.into(), name.into());
        self.record(Operation::ValidateConstraint { table, name })
    }
}

/// Types, schemas, extensions, views, functions, triggers. All fail only as
/// [`record`](Op::record) does.
#[allow(clippy::missing_errors_doc)]
impl Op<'_> {
    /// Creates an enum type.
    #[track_caller]
    pub fn create_enum(&mut self, definition: EnumType) -> Result<()> {
        self.record(Operation::CreateEnum(definition))
    }

    /// Drops an enum type; reversible when given its definition.
    #[track_caller]
    pub fn drop_enum(&mut self, name: impl Into<Dropping<EnumType>>) -> Result<()> {
        self.record(Operation::DropEnum(name.into()))
    }

    /// Adds a value to an enum type; PostgreSQL has no way to take it back.
    ///
    /// The value cannot be used before the transaction that adds it has committed.
    #[track_caller]
    pub fn add_enum_value(
        &mut self,
        name: impl Into<QualifiedName>,
        value: impl Into<AddValue>,
    ) -> Result<()> {
        let (name, value) = (name.into(), value.into());
        self.record(Operation::AddEnumValue { name, value })
    }

    /// Renames a value of an enum type.
    #[track_caller]
    pub fn rename_enum_value(
        &mut self,
        name: impl Into<QualifiedName>,
        value: impl Into<String>,
        to: impl Into<String>,
    ) -> Result<()> {
        let (name, value, to) = (name.into(), value.into(), to.into());
        self.record(Operation::RenameEnumValue { name, value, to })
    }

    /// Renames a type; it stays in its schema.
    #[track_caller]
    pub fn rename_type(
        &mut self,
        name: impl Into<QualifiedName>,
        to: impl Into<String>,
    ) -> Result<()> {
        let (name, to) = (name.into(), to.into());
        self.record(Operation::RenameType { name, to })
    }

    /// Creates a schema.
    #[track_caller]
    pub fn create_schema(&mut self, schema: impl Into<Schema>) -> Result<()> {
        self.record(Operation::CreateSchema(schema.into()))
    }

    /// Drops a schema; reversible when given its definition.
    #[track_caller]
    pub fn drop_schema(&mut self, schema: impl Into<Dropping<Schema>>) -> Result<()> {
        self.record(Operation::DropSchema(schema.into()))
    }

    /// Creates an extension.
    #[track_caller]
    pub fn create_extension(&mut self, extension: impl Into<Extension>) -> Result<()> {
        self.record(Operation::CreateExtension(extension.into()))
    }

    /// Drops an extension; reversible when given its definition.
    #[track_caller]
    pub fn drop_extension(&mut self, extension: impl Into<Dropping<Extension>>) -> Result<()> {
        self.record(Operation::DropExtension(extension.into()))
    }

    /// Creates a view, materialized or not.
    #[track_caller]
    pub fn create_view(&mut self, view: View) -> Result<()> {
        self.record(Operation::CreateView(view))
    }

    /// Drops a view; reversible when given its definition.
    #[track_caller]
    pub fn drop_view(&mut self, view: impl Into<Dropping<View>>) -> Result<()> {
        let view = view.into();
        let materialized = view.definition.as_ref().is_some_and(|v| v.materialized);
        self.record(Operation::DropView { view, materialized })
    }

    /// Drops a materialized view; reversible when given its definition.
    #[track_caller]
    pub fn drop_materialized_view(&mut self, view: impl Into<Dropping<View>>) -> Result<()> {
        let view = view.into();
        self.record(Operation::DropView {
            view,
            materialized: true,
        })
    }

    /// Creates a function.
    #[track_caller]
    pub fn create_function(&mut self, function: Function) -> Result<()> {
        self.record(Operation::CreateFunction(function))
    }

    /// Drops a function; reversible when given its definition.
    #[track_caller]
    pub fn drop_function(&mut self, function: impl Into<Dropping<Function>>) -> Result<()> {
        self.record(Operation::DropFunction(function.into()))
    }

    /// Creates a trigger.
    #[track_caller]
    pub fn create_trigger(&mut self, trigger: Trigger) -> Result<()> {
        self.record(Operation::CreateTrigger(trigger))
    }

    /// Drops a trigger; reversible when given its definition.
    #[track_caller]
    pub fn drop_trigger(
        &mut self,
        table: impl Into<QualifiedName>,
        trigger: impl Into<Dropping<Trigger>>,
    ) -> Result<()> {
        let (table, trigger) = (table.into(), trigger.into());
        self.record(Operation::DropTrigger { table, trigger })
    }
}
