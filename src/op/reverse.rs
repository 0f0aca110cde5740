//! What undoes an operation, where anything does.
//!
//! An operation that may have done nothing (`if_not_exists`, `if_exists`) or more than it says
//! (`cascade`) has no reverse: undoing it could destroy what was there before.

use super::column::{AlterColumn, Nullability};
use super::constraint::{Backing, Constraint, PrimaryKey, Unique};
use super::dropping::Dropping;
use super::object::Execute;
use super::operation::Operation;

/// Why an operation has no reverse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{operation}` cannot be reversed: {reason}")]
pub struct Irreversible {
    /// The operation, as [`Operation`] displays it.
    pub operation: String,
    /// Why, or what would have to be given.
    pub reason: &'static str,
}

type Reason = &'static str;

const MAYBE_NOTHING: Reason = "with `if_not_exists` it may have done nothing";

impl Operation {
    /// Returns what undoes the operation, or none where nothing has to be done.
    ///
    /// # Errors
    /// Fails when no operation is known to undo it.
    pub fn reverse(&self) -> Result<Option<Self>, Irreversible> {
        self.undo().map_err(|reason| Irreversible {
            operation: self.to_string(),
            reason,
        })
    }

    fn undo(&self) -> Result<Option<Self>, Reason> {
        Ok(Some(match self {
            Self::CreateTable(table) => {
                certain(table.if_not_exists)?;
                Self::DropTable(table.clone().into())
            }
            Self::DropTable(table) => Self::CreateTable(defined(table)?),
            Self::RenameTable { table, to } => Self::RenameTable {
                table: table.sibling(to),
                to: table.name.clone(),
            },
            Self::AddColumn { table, column } => {
                certain(column.if_not_exists)?;
                Self::DropColumn {
                    table: table.clone(),
                    column: column.clone().into(),
                }
            }
            Self::DropColumn { table, column } => Self::AddColumn {
                table: table.clone(),
                column: defined(column)?,
            },
            Self::AlterColumn { table, change } => Self::AlterColumn {
                table: table.clone(),
                change: unalter(change)?,
            },
            Self::CreateIndex(index) => {
                certain(index.if_not_exists)?;
                Self::DropIndex(index.clone().into())
            }
            Self::DropIndex(index) => {
                let mut definition = defined(index)?;
                definition.concurrently = index.concurrently;
                Self::CreateIndex(definition)
            }
            Self::RenameIndex { index, to } => Self::RenameIndex {
                index: index.sibling(to),
                to: index.name.clone(),
            },
            Self::CreateConstraint { table, constraint } => {
                constraint_is_separable(constraint)?;
                Self::DropConstraint {
                    table: table.clone(),
                    constraint: constraint.clone().into(),
                }
            }
            Self::DropConstraint { table, constraint } => Self::CreateConstraint {
                table: table.clone(),
                constraint: defined(constraint)?,
            },
            Self::RenameConstraint { table, name, to } => Self::RenameConstraint {
                table: table.clone(),
                name: to.clone(),
                to: name.clone(),
            },
            Self::ValidateConstraint { .. } => return Ok(None),
            Self::Comment { on, text, existing } => {
                if text.is_none() && existing.is_none() {
                    return Err("the comment that was there is not known");
                }
                Self::Comment {
                    on: on.clone(),
                    text: existing.clone(),
                    existing: text.clone(),
                }
            }
            Self::CreateEnum(definition) => Self::DropEnum(definition.clone().into()),
            Self::DropEnum(name) => Self::CreateEnum(defined(name)?),
            Self::AddEnumValue { .. } => {
                return Err("PostgreSQL cannot remove a value from an enum");
            }
            Self::RenameEnumValue { name, value, to } => Self::RenameEnumValue {
                name: name.clone(),
                value: to.clone(),
                to: value.clone(),
            },
            Self::RenameType { name, to } => Self::RenameType {
                name: name.sibling(to),
                to: name.name.clone(),
            },
            Self::CreateSchema(schema) => {
                certain(schema.if_not_exists)?;
                Self::DropSchema(schema.clone().into())
            }
            Self::DropSchema(schema) => Self::CreateSchema(defined(schema)?),
            Self::CreateExtension(extension) => {
                certain(extension.if_not_exists)?;
                Self::DropExtension(extension.clone().into())
            }
            Self::DropExtension(extension) => Self::CreateExtension(defined(extension)?),
            Self::CreateView(view) => {
                first_of_its_name(view.or_replace)?;
                Self::DropView {
                    view: view.clone().into(),
                    materialized: view.materialized,
                }
            }
            Self::DropView { view, .. } => Self::CreateView(defined(view)?),
            Self::CreateFunction(function) => {
                first_of_its_name(function.or_replace)?;
                Self::DropFunction(function.clone().into())
            }
            Self::DropFunction(function) => Self::CreateFunction(defined(function)?),
            Self::CreateTrigger(trigger) => Self::DropTrigger {
                table: trigger.table.clone(),
                trigger: trigger.clone().into(),
            },
            Self::DropTrigger { trigger, .. } => Self::CreateTrigger(defined(trigger)?),
            Self::BulkInsert { table, rows } => {
                if rows.on_conflict_do_nothing {
                    return Err("with `on_conflict_do_nothing` it may have inserted nothing");
                }
                if rows.keys().is_none() {
                    return Err("the rows have no `key` to find them by");
                }
                Self::BulkDelete {
                    table: table.clone(),
                    rows: rows.clone(),
                }
            }
            Self::BulkDelete { table, rows } => Self::BulkInsert {
                table: table.clone(),
                rows: rows.clone(),
            },
            Self::Execute(Execute { text, reverse }) => Self::Execute(Execute {
                text: reverse
                    .clone()
                    .ok_or("what undoes it is not given (`sql(…).reversed_by(…)`)")?,
                reverse: Some(text.clone()),
            }),
        }))
    }
}

fn certain(if_not_exists: bool) -> Result<(), Reason> {
    if if_not_exists {
        return Err(MAYBE_NOTHING);
    }
    Ok(())
}

fn first_of_its_name(or_replace: bool) -> Result<(), Reason> {
    if or_replace {
        return Err("what `or_replace` replaced is not known");
    }
    Ok(())
}

fn constraint_is_separable(constraint: &Constraint) -> Result<(), Reason> {
    if constraint.name().is_none() {
        return Err("the constraint has no name (`.named(…)`)");
    }
    match constraint {
        Constraint::PrimaryKey(PrimaryKey { backing, .. })
        | Constraint::Unique(Unique { backing, .. })
            if matches!(backing, Backing::Index(_)) =>
        {
            Err("the constraint owns the index it took over")
        }
        _ => Ok(()),
    }
}

fn defined<T: Clone>(dropping: &Dropping<T>) -> Result<T, Reason> {
    if dropping.cascade {
        return Err("what `cascade` dropped with it is not known");
    }
    if dropping.if_exists {
        return Err("with `if_exists` it may have done nothing");
    }
    dropping
        .definition
        .clone()
        .ok_or("it is given by name only, not by its definition")
}

fn unalter(change: &AlterColumn) -> Result<AlterColumn, Reason> {
    let mut reverse = change.clone();
    if let Some(to) = &change.rename {
        reverse.name.clone_from(to);
        reverse.rename = Some(change.name.clone());
    }
    if change.data_type.is_some() {
        let existing = change.existing_type.clone();
        reverse.data_type = Some(existing.ok_or("`existing_type` is not given")?);
        reverse.existing_type.clone_from(&change.data_type);
        reverse.using.clone_from(&change.existing_using);
        reverse.existing_using.clone_from(&change.using);
    }
    reverse.nullability = change.nullability.map(|to| match to {
        Nullability::NotNull => Nullability::Nullable,
        Nullability::Nullable => Nullability::NotNull,
    });
    if change.default.is_some() {
        let existing = change.existing_default.clone();
        reverse.default = Some(existing.ok_or("`existing_default` is not given")?);
        reverse.existing_default.clone_from(&change.default);
    }
    if change.comment.is_some() {
        let existing = change.existing_comment.clone();
        reverse.comment = Some(existing.ok_or("`existing_comment` is not given")?);
        reverse.existing_comment.clone_from(&change.comment);
    }
    Ok(reverse)
}
