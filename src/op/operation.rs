//! One schema operation as data.
//!
//! The handle's methods make them; `sql` renders them and nothing else does.

use std::fmt;

use super::column::{AlterColumn, Column};
use super::constraint::Constraint;
use super::dropping::Dropping;
use super::index::Index;
use super::name::QualifiedName;
use super::object::{AddValue, EnumType, Execute, Extension, Function, Schema, Trigger, View};
use super::table::Table;
use super::value::Rows;

/// What a comment is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Commented {
    /// A table.
    Table(QualifiedName),
    /// A column of a table.
    Column(QualifiedName, String),
}

/// One operation; each variant is the method of [`Op`](super::Op) with its name.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)] // The variants' documentation is their method's.
pub enum Operation {
    CreateTable(Table),
    DropTable(Dropping<Table>),
    RenameTable {
        table: QualifiedName,
        to: String,
    },
    AddColumn {
        table: QualifiedName,
        column: Column,
    },
    DropColumn {
        table: QualifiedName,
        column: Dropping<Column>,
    },
    AlterColumn {
        table: QualifiedName,
        change: AlterColumn,
    },
    CreateIndex(Index),
    DropIndex(Dropping<Index>),
    RenameIndex {
        index: QualifiedName,
        to: String,
    },
    CreateConstraint {
        table: QualifiedName,
        constraint: Constraint,
    },
    DropConstraint {
        table: QualifiedName,
        constraint: Dropping<Constraint>,
    },
    RenameConstraint {
        table: QualifiedName,
        name: String,
        to: String,
    },
    ValidateConstraint {
        table: QualifiedName,
        name: String,
    },
    Comment {
        on: Commented,
        text: Option<String>,
        existing: Option<String>,
    },
    CreateEnum(EnumType),
    DropEnum(Dropping<EnumType>),
    AddEnumValue {
        name: QualifiedName,
        value: AddValue,
    },
    RenameEnumValue {
        name: QualifiedName,
        value: String,
        to: String,
    },
    RenameType {
        name: QualifiedName,
        to: String,
    },
    CreateSchema(Schema),
    DropSchema(Dropping<Schema>),
    CreateExtension(Extension),
    DropExtension(Dropping<Extension>),
    CreateView(View),
    DropView {
        view: Dropping<View>,
        materialized: bool,
    },
    CreateFunction(Function),
    DropFunction(Dropping<Function>),
    CreateTrigger(Trigger),
    DropTrigger {
        table: QualifiedName,
        trigger: Dropping<Trigger>,
    },
    BulkInsert {
        table: QualifiedName,
        rows: Rows,
    },
    /// The reverse of a `bulk_insert` with a key.
    BulkDelete {
        table: QualifiedName,
        rows: Rows,
    },
    Execute(Execute),
}

impl Operation {
    /// Returns the method of the handle that makes it.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::CreateTable(_) => "create_table",
            Self::DropTable(_) => "drop_table",
            Self::RenameTable { .. } => "rename_table",
            Self::AddColumn { .. } => "add_column",
            Self::DropColumn { .. } => "drop_column",
            Self::AlterColumn { .. } => "alter_column",
            Self::CreateIndex(_) => "create_index",
            Self::DropIndex(_) => "drop_index",
            Self::RenameIndex { .. } => "rename_index",
            Self::CreateConstraint { constraint, .. } => match constraint {
                Constraint::PrimaryKey(_) => "create_primary_key",
                Constraint::Unique(_) => "create_unique_constraint",
                Constraint::Check(_) => "create_check_constraint",
                Constraint::ForeignKey(_) => "create_foreign_key",
                Constraint::Exclude(_) => "create_exclude_constraint",
            },
            Self::DropConstraint { .. } => "drop_constraint",
            Self::RenameConstraint { .. } => "rename_constraint",
            Self::ValidateConstraint { .. } => "validate_constraint",
            Self::Comment { on, text, .. } => match (on, text) {
                (Commented::Table(_), Some(_)) => "create_table_comment",
                (Commented::Table(_), None) => "drop_table_comment",
                (Commented::Column(..), Some(_)) => "create_column_comment",
                (Commented::Column(..), None) => "drop_column_comment",
            },
            Self::CreateEnum(_) => "create_enum",
            Self::DropEnum(_) => "drop_enum",
            Self::AddEnumValue { .. } => "add_enum_value",
            Self::RenameEnumValue { .. } => "rename_enum_value",
            Self::RenameType { .. } => "rename_type",
            Self::CreateSchema(_) => "create_schema",
            Self::DropSchema(_) => "drop_schema",
            Self::CreateExtension(_) => "create_extension",
            Self::DropExtension(_) => "drop_extension",
            Self::CreateView(_) => "create_view",
            Self::DropView { materialized, .. } => match materialized {
                false => "drop_view",
                true => "drop_materialized_view",
            },
            Self::CreateFunction(_) => "create_function",
            Self::DropFunction(_) => "drop_function",
            Self::CreateTrigger(_) => "create_trigger",
            Self::DropTrigger { .. } => "drop_trigger",
            Self::BulkInsert { .. } => "bulk_insert",
            Self::BulkDelete { .. } => "bulk_delete",
            Self::Execute(_) => "execute",
        }
    }

    /// Returns true where PostgreSQL refuses the operation inside a transaction.
    #[must_use]
    pub fn is_concurrent(&self) -> bool {
        match self {
            Self::CreateIndex(index) => index.concurrently,
            Self::DropIndex(index) => index.concurrently,
            _ => false,
        }
    }
}

impl fmt::Display for Operation {
    /// The method and what it is about: `drop_column chats.title`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method())?;
        match self {
            Self::CreateTable(Table { name, .. })
            | Self::DropTable(Dropping { name, .. })
            | Self::RenameTable { table: name, .. }
            | Self::DropIndex(Dropping { name, .. })
            | Self::RenameIndex { index: name, .. }
            | Self::CreateEnum(EnumType { name, .. })
            | Self::DropEnum(Dropping { name, .. })
            | Self::AddEnumValue { name, .. }
            | Self::RenameEnumValue { name, .. }
            | Self::RenameType { name, .. }
            | Self::DropSchema(Dropping { name, .. })
            | Self::DropExtension(Dropping { name, .. })
            | Self::CreateView(View { name, .. })
            | Self::DropView {
                view: Dropping { name, .. },
                ..
            }
            | Self::CreateFunction(Function { name, .. })
            | Self::DropFunction(Dropping { name, .. })
            | Self::BulkInsert { table: name, .. }
            | Self::BulkDelete { table: name, .. } => write!(f, " {name}"),
            Self::CreateIndex(Index { name, .. })
            | Self::CreateSchema(Schema { name, .. })
            | Self::CreateExtension(Extension { name, .. }) => write!(f, " {name}"),
            Self::AddColumn { table, column } => write!(f, " {table}.{}", column.name),
            Self::DropColumn { table, column } => write!(f, " {table}.{}", column.name),
            Self::AlterColumn { table, change } => write!(f, " {table}.{}", change.name),
            Self::CreateConstraint { table, constraint } => {
                write!(f, " {table}")?;
                constraint
                    .name()
                    .map_or(Ok(()), |name| write!(f, ".{name}"))
            }
            Self::DropConstraint { table, constraint } => {
                write!(f, " {table}.{}", constraint.name)
            }
            Self::RenameConstraint { table, name, .. }
            | Self::ValidateConstraint { table, name } => write!(f, " {table}.{name}"),
            Self::Comment { on, .. } => match on {
                Commented::Table(table) => write!(f, " {table}"),
                Commented::Column(table, column) => write!(f, " {table}.{column}"),
            },
            Self::CreateTrigger(trigger) => write!(f, " {}.{}", trigger.table, trigger.name),
            Self::DropTrigger { table, trigger } => write!(f, " {table}.{}", trigger.name),
            Self::Execute(_) => Ok(()),
        }
    }
}
