//! Enums, schemas, extensions, views, functions and triggers.

use super::super::quote::{ident, literal, qualified};
use super::{clause, columns, statement, with};
use crate::op::{
    AddValue, EnumType, Extension, Function, Position, QualifiedName, Schema, Trigger, View,
};

pub(super) fn create_enum(definition: &EnumType) -> String {
    let values: Vec<String> = definition.values.iter().map(|v| literal(v)).collect();
    let name = qualified(&definition.name);
    format!("CREATE TYPE {name} AS ENUM ({})", values.join(", "))
}

pub(super) fn add_value(name: &QualifiedName, value: &AddValue) -> String {
    format!(
        "ALTER TYPE {} ADD VALUE {}{}{}",
        qualified(name),
        clause(value.if_not_exists, "IF NOT EXISTS "),
        literal(&value.value),
        match &value.position {
            Position::Last => String::new(),
            Position::Before(other) => format!(" BEFORE {}", literal(other)),
            Position::After(other) => format!(" AFTER {}", literal(other)),
        }
    )
}

pub(super) fn create_schema(schema: &Schema) -> String {
    let role = schema.authorization.as_ref();
    format!(
        "CREATE SCHEMA {}{}{}",
        clause(schema.if_not_exists, "IF NOT EXISTS "),
        ident(&schema.name),
        role.map_or_else(String::new, |role| format!(
            " AUTHORIZATION {}",
            ident(role)
        ))
    )
}

pub(super) fn create_extension(extension: &Extension) -> String {
    let (schema, version) = (extension.schema.as_ref(), extension.version.as_ref());
    format!(
        "CREATE EXTENSION {}{}{}{}",
        clause(extension.if_not_exists, "IF NOT EXISTS "),
        ident(&extension.name),
        schema.map_or_else(String::new, |name| format!(" SCHEMA {}", ident(name))),
        version.map_or_else(String::new, |it| format!(" VERSION {}", literal(it)))
    )
}

pub(super) fn create_view(view: &View) -> String {
    let names = match view.columns.0.is_empty() {
        true => String::new(),
        false => format!(" ({})", columns(&view.columns)),
    };
    format!(
        "CREATE {}{}VIEW {}{names}{} AS\n{}{}",
        clause(view.or_replace, "OR REPLACE "),
        clause(view.materialized, "MATERIALIZED "),
        qualified(&view.name),
        with(&view.with),
        statement(&view.query),
        clause(view.no_data, "\nWITH NO DATA")
    )
}

pub(super) fn create_function(function: &Function) -> String {
    format!(
        "CREATE {}FUNCTION {}({})\n{}",
        clause(function.or_replace, "OR REPLACE "),
        qualified(&function.name),
        function.arguments,
        statement(&function.definition)
    )
}

/// The types in parentheses by which a function is dropped; nothing where they are not known.
///
/// Argument lists may hold defaults, which a drop refuses. Without any the name must be unique.
pub(super) fn signature(function: &Function) -> String {
    match &function.signature {
        Some(types) => format!("({types})"),
        None if function.arguments.trim().is_empty() => "()".to_owned(),
        None => String::new(),
    }
}

pub(super) fn create_trigger(trigger: &Trigger) -> String {
    format!(
        "CREATE TRIGGER {} {} ON {}\n{}",
        ident(&trigger.name),
        trigger.events,
        qualified(&trigger.table),
        statement(&trigger.action)
    )
}
