//! Operations as PostgreSQL text: one function from data to statements, without closing semicolons.
//!
//! Text is laid out for a person to read: it is what a dry run prints and what the ledger keeps.

mod constraint;
mod object;
mod rows;
mod table;

use crate::op::{Columns, Commented, Dropping, Operation};

use super::quote::{ident, literal, qualified};

/// Renders an operation.
#[must_use]
pub fn render(operation: &Operation) -> Vec<String> {
    match operation {
        Operation::CreateTable(table) => table::create(table),
        Operation::DropTable(table) => vec![drop("TABLE", table, "")],
        Operation::RenameTable { table, to } => {
            vec![format!(
                "ALTER TABLE {} RENAME TO {}",
                qualified(table),
                ident(to)
            )]
        }
        Operation::AddColumn { table, column } => table::add_column(table, column),
        Operation::DropColumn { table, column } => vec![format!(
            "ALTER TABLE {} {}",
            qualified(table),
            drop("COLUMN", column, "")
        )],
        Operation::AlterColumn { table, change } => table::alter_column(table, change),
        Operation::CreateIndex(index) => vec![table::index(index)],
        Operation::DropIndex(index) if index.concurrently => {
            vec![drop("INDEX CONCURRENTLY", index, "")]
        }
        Operation::DropIndex(index) => vec![drop("INDEX", index, "")],
        Operation::RenameIndex { index, to } => {
            vec![format!(
                "ALTER INDEX {} RENAME TO {}",
                qualified(index),
                ident(to)
            )]
        }
        Operation::CreateConstraint { table, constraint } => vec![format!(
            "ALTER TABLE {} ADD {}",
            qualified(table),
            constraint::definition(constraint)
        )],
        Operation::DropConstraint { table, constraint } => vec![format!(
            "ALTER TABLE {} {}",
            qualified(table),
            drop("CONSTRAINT", constraint, "")
        )],
        Operation::RenameConstraint { table, name, to } => vec![format!(
            "ALTER TABLE {} RENAME CONSTRAINT {} TO {}",
            qualified(table),
            ident(name),
            ident(to)
        )],
        Operation::ValidateConstraint { table, name } => vec![format!(
            "ALTER TABLE {} VALIDATE CONSTRAINT {}",
            qualified(table),
            ident(name)
        )],
        Operation::Comment { on, text, .. } => vec![comment(on, text.as_deref())],
        Operation::CreateEnum(definition) => vec![object::create_enum(definition)],
        Operation::DropEnum(name) => vec![drop("TYPE", name, "")],
        Operation::AddEnumValue { name, value } => vec![object::add_value(name, value)],
        Operation::RenameEnumValue { name, value, to } => vec![format!(
            "ALTER TYPE {} RENAME VALUE {} TO {}",
            qualified(name),
            literal(value),
            literal(to)
        )],
        Operation::RenameType { name, to } => {
            vec![format!(
                "ALTER TYPE {} RENAME TO {}",
                qualified(name),
                ident(to)
            )]
        }
        Operation::CreateSchema(schema) => vec![object::create_schema(schema)],
        Operation::DropSchema(schema) => vec![drop("SCHEMA", schema, "")],
        Operation::CreateExtension(extension) => vec![object::create_extension(extension)],
        Operation::DropExtension(extension) => vec![drop("EXTENSION", extension, "")],
        Operation::CreateView(view) => vec![object::create_view(view)],
        Operation::DropView {
            view,
            materialized: false,
        } => vec![drop("VIEW", view, "")],
        Operation::DropView {
            view,
            materialized: true,
        } => vec![drop("MATERIALIZED VIEW", view, "")],
        Operation::CreateFunction(function) => vec![object::create_function(function)],
        Operation::DropFunction(function) => {
            let signature = function.definition.as_ref().map(object::signature);
            vec![drop("FUNCTION", function, &signature.unwrap_or_default())]
        }
        Operation::CreateTrigger(trigger) => vec![object::create_trigger(trigger)],
        Operation::DropTrigger { table, trigger } => {
            vec![drop(
                "TRIGGER",
                trigger,
                &format!(" ON {}", qualified(table)),
            )]
        }
        Operation::BulkInsert { table, rows } => rows::insert(table, rows),
        Operation::BulkDelete { table, rows } => rows::delete(table, rows),
        Operation::Execute(execute) => vec![statement(&execute.text)],
    }
}

/// The text without white space round it and without its last semicolon.
fn statement(text: &str) -> String {
    let text = text.trim();
    text.strip_suffix(';').unwrap_or(text).trim_end().to_owned()
}

fn drop<T>(what: &str, dropping: &Dropping<T>, after: &str) -> String {
    format!(
        "DROP {what} {}{}{after}{}",
        clause(dropping.if_exists, "IF EXISTS "),
        qualified(&dropping.name),
        clause(dropping.cascade, " CASCADE")
    )
}

fn comment(on: &Commented, text: Option<&str>) -> String {
    let text = text.map_or_else(|| "NULL".to_owned(), literal);
    match on {
        Commented::Table(table) => format!("COMMENT ON TABLE {} IS {text}", qualified(table)),
        Commented::Column(table, column) => format!(
            "COMMENT ON COLUMN {}.{} IS {text}",
            qualified(table),
            ident(column)
        ),
    }
}

fn clause(wanted: bool, text: &'static str) -> &'static str {
    if wanted { text } else { "" }
}

fn columns(columns: &Columns) -> String {
    let names: Vec<String> = columns.0.iter().map(|name| ident(name)).collect();
    names.join(", ")
}

/// ` INCLUDE (a, b)` where there are such columns.
fn include(of: &Columns) -> String {
    if of.0.is_empty() {
        return String::new();
    }
    format!(" INCLUDE ({})", columns(of))
}

/// ` WITH (a = 1)` where there are such parameters.
fn with(parameters: &[(String, String)]) -> String {
    if parameters.is_empty() {
        return String::new();
    }
    let parameters: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    format!(" WITH ({})", parameters.join(", "))
}
